{#- explain_order(conversion_id): why each touch before a conversion got what it got. One row per model and
    touch of the customer within twice the longest lookback before the conversion, in the order of time.

    included         whether the model looked at the touch; its weight may still be 0 (`first` looks at all)
    reason           why it did not, the first that holds
    id_type, id_value  the identifier by which the touch belongs to the customer

    Paths are made by the macros that int_journey__paths and int_journey__path_steps are made of, weights
    and credits are those of fct_attribution. -#}
{% macro create_explain_order(schema) %}
{%- set models = 'rules.attribution_models' %}
{%- set conversions, touches = schema ~ '.fct_conversion', schema ~ '.fct_touch' %}
create or replace function {{ schema }}.explain_order(conversion_id text)
returns table (
    touch_id text,
    touched_at timestamptz,
    touch_type text,
    channel text,
    source text,
    campaign text,
    id_type text,
    id_value text,
    model_id text,
    included boolean,
    reason text,
    weight double precision,
    credit_kopecks bigint
)
language sql stable as $function$
    with paths as (
        {{ paths_of('(select $1 as conversion_id)', conversions, touches, models, 'rules.channel_rules', 2) }}
    ),

    {{ path_stages('paths', models) }},

    models as (
        {{ attribution_parameters(models) }}
    ),

    reached as (
        select
            conversions.at as converted_at,
            touches.*
        from {{ conversions }} as conversions
        inner join {{ touches }} as touches
            on
                conversions.customer_uuid = touches.customer_uuid
                and conversions.at >= touches.at
                and conversions.at - (select {{ days('max(lookback_days) * 2') }} from {{ models }}) <= touches.at
        where conversions.conversion_id = $1
    )

    select
        reached.touch_id,
        reached.at,
        reached.touch_type,
        reached.channel,
        reached.source,
        reached.campaign,
        reached.id_type,
        reached.id_value,
        models.model_id,
        single.touch_id is not null,
        case
            when single.touch_id is not null then null
            when not reached.is_on_path then 'not something the customer did'
            when paths.touch_id is null then 'the purchase itself'
            when reached.at < reached.converted_at - models.lookback then 'outside the lookback'
            when models.resets and reached.at <= paths.previous_purchase_at then 'before an earlier purchase'
            when candidates.touch_id is null then 'call of a web session'
            when kept.touch_id is null then 'excluded channel'
            else 'repeat of its neighbour'
        end,
        coalesce(credits.weight, 0),
        coalesce(credits.credit_kopecks, 0)
    from reached
    cross join models
    left join paths on reached.touch_id = paths.touch_id
    left join candidates on reached.touch_id = candidates.touch_id and models.variant = candidates.variant
    left join kept on reached.touch_id = kept.touch_id and models.variant = kept.variant
    left join single on reached.touch_id = single.touch_id and models.variant = single.variant
    left join {{ schema }}.fct_attribution as credits
        on
            credits.conversion_id = $1
            and models.model_id = credits.model_id
            and reached.touch_id = credits.touch_id
    order by reached.at, reached.source_priority, reached.touch_id, models.model_id
$function$;

comment on function {{ schema }}.explain_order(text) is
'Every touch before a conversion and model: whether it counted, why not, weight, credit and identifier'
{% endmacro %}
