{#- explain_day(day, channel, model_id, basis, of_brand): what is behind the figures of a channel in
    channel_performance_daily. One row per conversion and touch that the model credits, per visit, and per cost
    row; columns are named as there and add up to what stands there, over the whole answer or over a brand,
    source and campaign of it. What is unknown of a sum is null here as it is there.

    fact         credit, visit, cost, or moved cost: what a campaign leaves to the calls it paid for
    fact_id      conversion, touch or cost row
    touch_id     the touch credited; null when no touch led to the conversion
    at           when the conversion or the visit was; of cost only the day is known
    share        the touch's share in the conversion

    It runs with its caller's rights and reads nothing but marts: whoever may not read the conversions, touches and
    costs themselves learns nothing from it. -#}
{% macro create_explain_day() %}
{#- Without the database's name, so that a copy of the database keeps the function. -#}
{%- set credits = ref('fct_attribution').include(database=false) %}
{%- set touches = ref('fct_touch').include(database=false) %}
{%- set models = ref('attribution_model').include(database=false) %}
{%- set sums = {
    'impressions': 'bigint', 'clicks': 'bigint', 'spend_kopecks': 'bigint', 'spend_vat_kopecks': 'bigint',
    'sessions': 'bigint', 'leads': 'numeric(20, 6)', 'leads_junk': 'numeric(20, 6)',
    'leads_qualified': 'numeric(20, 6)', 'orders_placed': 'numeric(20, 6)', 'orders_paid': 'numeric(20, 6)',
    'purchases': 'numeric(20, 6)', 'new_buyers': 'numeric(20, 6)',
    'revenue_kopecks': 'bigint', 'known_margin_kopecks': 'bigint', 'revenue_with_margin_kopecks': 'bigint',
} %}
{%- set shared = {
    'leads': "kind = 'lead' and not is_junk", 'leads_junk': 'is_junk', 'leads_qualified': 'is_qualified',
    'orders_placed': "kind = 'order'", 'orders_paid': "is_purchase and kind = 'order'", 'purchases': 'is_purchase',
    'new_buyers': 'is_first',
} %}
{%- set credited = {
    'revenue_kopecks': 'credit_kopecks', 'known_margin_kopecks': 'margin_kopecks',
    'revenue_with_margin_kopecks': 'case when margin_kopecks is null then 0 else credit_kopecks end',
} %}
{%- for name, condition in shared.items() %}
{%- do credited.update({name: 'case when ' ~ condition ~ ' then share_ppm * 0.000001 else 0 end'}) %}
{%- endfor %}
{%- set spent = {
    'impressions': 'impressions', 'clicks': 'clicks', 'spend_kopecks': 'net_kopecks',
    'spend_vat_kopecks': 'vat_kopecks',
} %}
{%- set unknown = {'known_margin_kopecks': 'null::bigint'} %}
{%- for name in spent %}{% do unknown.update({name: 'null::bigint'}) %}{% endfor %}
drop function if exists {{ this.schema }}.explain_day(date, text, text, text, text);
create function {{ this.schema }}.explain_day(
    day date,
    channel text,
    model_id text default 'last_non_direct',
    basis text default 'order_date',
    of_brand text default null
)
returns table (
    fact text,
    fact_id text,
    touch_id text,
    at timestamptz,
    brand text,
    region text,
    source text,
    campaign text,
    share numeric,
    {%- for name, kind in sums.items() %}
    {{ name | replace('known_', '') }} {{ kind }}{{ ',' if not loop.last }}
    {%- endfor %}
)
language sql stable
set search_path = pg_catalog, pg_temp
as $function$
    with facts as (
        select
            'credit' as fact,
            conversion_id as fact_id,
            touch_id,
            converted_at as at,
            brand,
            region,
            source,
            campaign,
            share_ppm * 0.000001 as share
            {%- for name in sums %},
            {{ credited.get(name, unknown.get(name, '0')) }} as {{ name }}
            {%- endfor %}
        from {{ credits }}
        -- By the index: a local day of any zone is inside these three days of UTC, and a touch is followed by its
        -- conversion within the lookback.
        where
            converted_at >= ($1 - 1)::timestamp at time zone 'UTC'
            and converted_at < ($1 + 2)::timestamp at time zone 'UTC' + case
                when $4 = 'touch_date'
                    then (select {{ days('max(lookback_days)') }} from {{ models }} where model_id = $3)
                else interval '0'
            end
            and {{ local_date(
                "case when $4 = 'touch_date' then coalesce(touched_at, converted_at) else converted_at end"
            ) }} = $1
            and model_id = $3
            and channel = $2
        union all
        select
            'visit', touch_id, null, at, brand, region, source, campaign, null
            {%- for name in sums %},
            {{ unknown.get(name, '1' if name == 'sessions' else '0') }}
            {%- endfor %}
        from {{ touches }}
        where
            at >= ($1 - 1)::timestamp at time zone 'UTC'
            and at < ($1 + 2)::timestamp at time zone 'UTC'
            and {{ local_date('hour_utc') }} = $1
            and touch_type = 'web_session'
            and channel = $2
        union all
        select
            case when is_moved then 'moved cost' else 'cost' end, cost_id, null, null, brand, region, source,
            campaign, null
            {%- for name in sums %},
            {{ spent.get(name, unknown.get(name, '0')) }}
            {%- endfor %}
        from {{ this.include(database=false) }}
        where local_date = $1 and channel = $2
    ),

    named as (
        select
            facts.*,
            coalesce(facts.source, '(none)') as named_source,
            coalesce(facts.campaign, '(none)') as named_campaign
        from facts
        where $3 in (select model_id from {{ models }}) and $4 in ('order_date', 'touch_date')
            and ($5 is null or facts.brand = $5)
    )

    select
        named.fact,
        named.fact_id,
        named.touch_id,
        named.at,
        named.brand,
        named.region,
        named.named_source,
        named.named_campaign,
        named.share
        {%- for name in sums %},
        {%- if name in ('impressions', 'clicks') %}
        case
            when count(*) filter (where named.fact like '%cost') over figure = count(named.{{ name }}) over figure
                then named.{{ name }}
        end
        {%- elif name == 'known_margin_kopecks' %}
        case
            when
                sum(named.revenue_kopecks) over figure <> 0
                and sum(named.revenue_with_margin_kopecks) over figure = sum(named.revenue_kopecks) over figure
                then named.known_margin_kopecks
        end
        {%- else %}
        named.{{ name }}
        {%- endif %}
        {%- endfor %}
    from named
    window figure as (partition by named.brand, named.named_source, named.named_campaign)
    order by named.fact, named.at, named.fact_id, named.touch_id
$function$;

comment on function {{ this.schema }}.explain_day(date, text, text, text, text) is
'The credits, visits and costs behind the figures of a channel in channel_performance_daily on one day'
{% endmacro %}
