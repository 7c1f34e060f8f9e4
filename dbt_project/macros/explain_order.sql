{#- explain_order(conversion_id): why each touch before a conversion got what it got. One row per model and
    touch of the customer within twice the longest lookback before the conversion, in the order of time, and
    one without a touch for each model that nothing led to: credits add up to the revenue.

    included         whether the model looked at the touch; its weight may still be 0 (`first` looks at all)
    reason           why it did not, the first that holds
    id_type, id_value  the identifier by which the touch belongs to the customer
    buyer_id_type, buyer_id_value  the identifier by which the conversion does
    links            hops of explain_identity from the one to the other; 0 when they are the same
    link_rule, link_table, link_key  the first of these hops: what tied the touch to the buyer

    Paths are made by the macros that int_attribution__steps is made of, weights
    and credits are those of fct_attribution.

    It runs with its caller's rights, in the view order_path as well, and reads nothing but marts: whoever
    may not read the touches, identifiers and conversions themselves learns nothing from it. -#}
{% macro create_explain_order(schema) %}
{%- set models, rules = ref('attribution_model'), ref('channel_rule') %}
{%- set conversions, touches, credited = ref('fct_conversion'), ref('fct_touch'), ref('fct_attribution') %}
{%- set merges = ref('customer_merge_log') %}{# which makes explain_identity #}
{#- In the words of pg_get_function_result. -#}
{%- set returned = 'TABLE(' ~ [
    'touch_id text', 'touched_at timestamp with time zone', 'touch_type text', 'channel text', 'source text',
    'campaign text', 'id_type text', 'id_value text', 'buyer_id_type text', 'buyer_id_value text',
    'links integer', 'link_rule text', 'link_table text', 'link_key text', 'model_id text',
    'included boolean', 'reason text', 'weight double precision', 'credit_kopecks bigint',
] | join(', ') ~ ')' %}
-- Other columns are another function, which the standing view does not know yet: it keeps the old one,
-- which goes when nothing asks it any more.
drop function if exists {{ schema }}.explain_order__replaced(text) cascade;
do $do$
begin
    if pg_get_function_result(to_regprocedure('{{ schema }}.explain_order(text)')) <> '{{ returned }}' then
        alter function {{ schema }}.explain_order(text) rename to explain_order__replaced;
    end if;
end
$do$;

create or replace function {{ schema }}.explain_order(conversion_id text)
returns {{ returned }}
language sql stable cost 100000 rows 100
set search_path = pg_catalog, pg_temp
as $function$
    with paths as (
        {{ paths_of(conversions, touches, models, rules, 2, 'conversions.conversion_id = $1') }}
    ),

    sequences as (
        {{ sequences_of('paths') }}
    ),

    variants as materialized (
        {{ variants_of(models) }}
    ),

    looked_at as (
        select
            variants.variant,
            sequences.touch_ids,
            candidates.positions as candidates,
            kept.positions as kept,
            single.positions as single
        from sequences
        {{ path_stages() }}
    ),

    models as (
        {{ attribution_parameters(models) }}
    ),

    reached as (
        select
            conversions.at as converted_at,
            {{ is_caused_by('touches', 'conversions') }} as is_caused,
            touches.*
        from {{ conversions }} as conversions
        inner join {{ touches }} as touches
            on
                conversions.customer_uuid = touches.customer_uuid
                and conversions.at >= touches.at
                and conversions.at - (select {{ days('max(lookback_days) * 2') }} from {{ models }}) <= touches.at
        where conversions.conversion_id = $1
    ),

    buyer as (
        select
            known.id_type,
            known.id_value
        from {{ conversions }} as conversions
        inner join {{ ref('conversion_identifier') }} as identifiers
            on conversions.conversion_id = identifiers.conversion_id
        inner join {{ ref('customer_identifier') }} as known
            on
                identifiers.id_type = known.id_type
                and identifiers.id_value = known.id_value
                and conversions.customer_uuid = known.customer_uuid
        where conversions.conversion_id = $1
        order by identifiers.place
        limit 1
    ),

    -- Once for each identifier, not for each touch: a walk takes a quarter of a millisecond.
    links as materialized (
        select
            met.id_type,
            met.id_value,
            count(*)::int as links,
            max(hops.rule) filter (where hops.hop = 1) as rule,
            max(hops.source_table) filter (where hops.hop = 1) as source_table,
            max(hops.source_key) filter (where hops.hop = 1) as source_key
        from (select distinct reached.id_type, reached.id_value from reached) as met
        cross join buyer
        cross join lateral {{ schema }}.explain_identity(
            met.id_type, met.id_value, buyer.id_type, buyer.id_value
        ) as hops
        group by met.id_type, met.id_value
    ),

    explained as (
        select
            reached.touch_id,
            reached.at,
            reached.touch_type,
            reached.channel,
            reached.source,
            reached.campaign,
            reached.id_type,
            reached.id_value,
            case
                when (reached.id_type, reached.id_value) = (buyer.id_type, buyer.id_value) then 0
                else links.links
            end as links,
            links.rule,
            links.source_table,
            links.source_key,
            models.model_id,
            coalesce(placed.is_single, false) as is_included,
            case
                when placed.is_single then null
                when not reached.is_on_path and reached.rule_id ~ '_transactional' then 'about an order or account'
                when not reached.is_on_path and reached.rule_id ~ '_untimed$' then 'nobody knows when'
                when not reached.is_on_path and reached.touch_type = 'crm_source' then 'no source'
                when not reached.is_on_path then 'not something the customer did'
                when reached.is_caused then 'caused by the purchase'
                when paths.touch_id is null then 'the purchase itself'
                when reached.at < reached.converted_at - models.lookback then 'outside the lookback'
                when models.resets and reached.at <= paths.previous_purchase_at then 'before an earlier purchase'
                when placed.is_candidate is not true and paths.told_at is not null then 'told by another touch'
                when placed.is_candidate is not true then 'call of a web session'
                when placed.is_kept is not true then 'excluded channel'
                else 'repeat of its neighbour'
            end as reason,
            coalesce(credits.weight, 0) as weight,
            coalesce(credits.credit_kopecks, 0) as credit_kopecks,
            reached.source_priority
        from reached
        cross join models
        left join buyer on true
        left join links on reached.id_type = links.id_type and reached.id_value = links.id_value
        left join paths on reached.touch_id = paths.touch_id
        left join looked_at on models.variant = looked_at.variant
        cross join lateral (
            select
                position = any(looked_at.candidates) as is_candidate,
                position = any(looked_at.kept) as is_kept,
                position = any(looked_at.single) as is_single
            from array_position(looked_at.touch_ids, reached.touch_id) as position
        ) as placed
        left join {{ credited }} as credits
            on
                credits.conversion_id = $1
                and models.model_id = credits.model_id
                and reached.touch_id = credits.touch_id
        union all
        select
            null, null, null, credits.channel, credits.source, credits.campaign, null, null, null, null, null, null,
            credits.model_id, true,
            case
                when credits.kind = 'deal' and credits.channel <> '(unattributed)' then 'what the deal tells itself'
                when credits.channel <> '(unattributed)' then 'bought in the store, no touch led to it'
            end,
            credits.weight, credits.credit_kopecks, null
        from {{ credited }} as credits
        where credits.conversion_id = $1 and credits.position = 0
    )

    select
        explained.touch_id,
        explained.at,
        explained.touch_type,
        explained.channel,
        explained.source,
        explained.campaign,
        explained.id_type,
        explained.id_value,
        buyer.id_type,
        buyer.id_value,
        explained.links,
        explained.rule,
        explained.source_table,
        explained.source_key,
        explained.model_id,
        explained.is_included,
        explained.reason,
        explained.weight,
        explained.credit_kopecks
    from explained
    left join buyer on true
    order by explained.at, explained.source_priority, explained.touch_id, explained.model_id
$function$;

comment on function {{ schema }}.explain_order(text) is
'Every touch before a conversion and model: whether it counted, why not, weight, credit, identifier and link'
{% endmacro %}
