-- One row per UTC hour, brand, region, channel, source and campaign with what happened in it.
-- A conversion stands at its own hour under the tags of its last non-direct touch.
{{ config(
    distributed_by='hour_utc',
    indexes=[
        {
            'columns': ['hour_utc', 'brand', 'region', 'channel', 'source', 'campaign'],
            'unique': true,
        },
    ],
) }}

{% set dimensions = ['hour_utc', 'brand', 'region', 'channel', 'source', 'campaign'] %}
{% set counts = [
    'sessions', 'touches', 'calls', 'calls_answered', 'calls_missed', 'calls_other', 'emails_opened',
    'emails_clicked', 'chats', 'leads', 'deals_won', 'orders', 'orders_paid', 'orders_cancelled', 'receipts',
    'revenue_kopecks', 'refunds_kopecks', 'spend_kopecks',
] %}

with events as (
    select * from {{ ref('int_journey__omni_events') }}
),

first_events as (
    select
        event_id,
        row_number() over (partition by customer_uuid order by at, event_rank, event_id) as event_no
    from events
    where customer_uuid is not null
)

select
    {{ dimensions | map('string') | join(',\n    ') }},
    {% for name in counts -%}
    sum(events.{{ name }})::bigint as {{ name }},
    {% endfor -%}
    count(distinct events.customer_uuid) as customers,
    count(*) filter (where first_events.event_no = 1) as new_customers
from events
left join first_events on events.event_id = first_events.event_id
group by {{ dimensions | join(', ') }}
