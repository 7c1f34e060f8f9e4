-- The same metric is the same number in every mart that shows it: by local day, by day and channel, by month.
-- A new mart is one line of `tellers`. What a mart does not know by channel, or moves between channels (cost
-- that follows calls), is told without one.
{{ config(meta={'audit': 'metrics'}) }}

{%- set counts = [
    'leads', 'leads_junk', 'leads_qualified', 'deals_won', 'orders_placed', 'orders_paid', 'receipts', 'new_buyers',
    'revenue_kopecks',
] %}
{%- set kept = counts | reject('in', ['deals_won', 'receipts']) | list %}
{%- set by_last = "model_id = 'last_non_direct' and basis = 'order_date'" %}
{%- set facts = {
    'leads': "(kind = 'lead' and not " ~ is_junk_conversion('told') ~ ')::int',
    'leads_junk': '(' ~ is_junk_conversion('told') ~ ')::int',
    'leads_qualified': '(' ~ is_qualified_lead('told') ~ ')::int',
    'deals_won': "(kind = 'deal')::int",
    'orders_placed': "(kind = 'order')::int",
    'orders_paid': "(kind = 'order' and is_paid and not is_cancelled)::int",
    'orders_cancelled': "(kind = 'order' and is_cancelled)::int",
    'receipts': "(kind = 'receipt')::int",
    'receipts_paid': "(kind = 'receipt' and is_paid and not is_cancelled)::int",
    'purchases': '(' ~ is_purchase('told') ~ ')::int',
    'new_buyers': 'is_first::int',
    'revenue_kopecks': 'revenue_kopecks',
    'refunds_kopecks': 'refund_kopecks',
} %}
{%- set visits = {
    'touches': '1',
    'sessions': "(touch_type = 'web_session')::int",
    'calls': "(touch_type = 'call')::int",
} %}
{%- set money = ['orders_cancelled', 'refunds_kopecks'] %}
{%- set states = ['orders_placed', 'orders_paid', 'orders_cancelled'] %}
{#- Period, mart, its day or month, its channel, which rows, what it tells (names, or expressions by name). #}
{%- set tellers = [
    ('day', 'fct_conversion', local_date('at'), none, 'true', facts),
    ('day', 'fct_touch', local_date('hour_utc'), 'channel', 'true', visits),
    ('day', 'bl_omni_stats_local', 'local_date', 'channel', 'true', counts + money + visits.keys() | list),
    ('day', 'bl_omni_stats_local', 'local_date', none, 'true', ['spend_kopecks', 'first_contacts']),
    ('day', 'fct_attribution_daily', 'local_date', 'channel', by_last, counts + ['receipts_paid', 'purchases']),
    ('day', 'channel_performance_daily', 'local_date', 'channel', by_last, kept + ['purchases', 'sessions']),
    ('day', 'channel_performance_daily', 'local_date', none, by_last, ['spend_kopecks']),
    ('day', 'channel_performance_costs', 'local_date', none, 'true', {'spend_kopecks': 'net_kopecks'}),
    ('day', 'int_journey__firsts', local_date('at'), none, 'true', {'first_contacts': '1'}),
    ('month', 'fct_conversion', local_date('at', 'month'), none, 'true', facts),
    ('month', 'channel_performance_monthly', 'local_month', none, by_last, kept + ['purchases']),
    ('month', 'orders_by_first_channel', 'local_month', none, 'true', states),
    ('month', 'orders_by_first_source', 'local_month', none, 'true', states),
] %}
{#- By how many marts a metric is told, in sum and by channel: what one of them lacks is a 0. #}
{%- set in_sum, by_channel = {}, {} %}
{%- for period, mart, moment, channel, rows, measures in tellers %}
{%- for name in measures %}
{%- set key = period ~ ' ' ~ name %}
{%- do in_sum.update({key: in_sum.get(key, 0) + 1}) %}
{%- if channel %}{% do by_channel.update({key: by_channel.get(key, 0) + 1}) %}{% endif %}
{%- endfor %}
{%- endfor %}

with tellers (metric, marts, channel_marts) as (
    values
    {%- for key, marts in in_sum.items() %}
    ('{{ key }}', {{ marts }}, {{ by_channel.get(key, 0) }}){{ ',' if not loop.last }}
    {%- endfor %}
),

told as (
    {%- for period, mart, moment, channel, rows, measures in tellers %}
    select
        '{{ loop.index }} {{ mart }}' as mart,
        {{ moment }} as local_date,
        {{ channel or 'null::text' }} as channel,
        metrics.metric,
        sum(metrics.value) as value
    from {{ ref(mart) }} as told -- noqa: AL05
    cross join
        lateral (
            values
            {%- for name in measures %}
            ('{{ period }} {{ name }}', ({{ measures[name] if measures is mapping else name }})::numeric)
            {{- ',' if not loop.last }}
            {%- endfor %}
        ) as metrics (metric, value)
    where {{ rows }}
    group by 2, 3, 4
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

compared as (
    select
        mart,
        local_date,
        '(all)' as channel,
        metric,
        sum(value) as value
    from told
    group by mart, local_date, metric
    union all
    select
        mart,
        local_date,
        channel,
        metric,
        value
    from told
    where channel is not null
)

select
    compared.metric,
    compared.local_date,
    compared.channel,
    jsonb_object_agg(compared.mart, compared.value) as told
from compared
inner join tellers on compared.metric = tellers.metric
group by compared.metric, compared.local_date, compared.channel, tellers.marts, tellers.channel_marts
having
    max(compared.value) is distinct from min(compared.value)
    or (
        count(*) < case when compared.channel = '(all)' then tellers.marts else tellers.channel_marts end
        and max(compared.value) <> 0
    )
