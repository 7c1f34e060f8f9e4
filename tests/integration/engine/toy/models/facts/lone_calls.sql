-- One row per call with no visit to its shop within two minutes: pairs across keys. How often it was the n-th visit of
-- somebody is told as well, through the visit that is nearest.
{{ config(
    key='call_id',
    unique_key='call_id',
    follows={
        'stg_calls': 'call_id',
        'placed_visits': {
            'through': 'stg_calls',
            'on': 'entry.shop = via.shop and entry.at between via.at - 2 and via.at + 2',
        },
        'numbered_visits': {'through': 'placed_visits', 'on': {'visit_id': 'visit_id'}},
    },
    indexes=[{'columns': ['call_id'], 'unique': true}],
) }}

with met as (
    select
        calls.call_id,
        min(abs(visits.at - calls.at)) as nearest,
        max(numbered.number) as number
    from {{ ref('stg_calls') }} as calls
    left join {{ ref('placed_visits') }} as visits
        on calls.shop = visits.shop and visits.at between calls.at - 2 and calls.at + 2
    left join {{ ref('numbered_visits') }} as numbered on visits.visit_id = numbered.visit_id
    group by calls.call_id
)

select
    met.call_id,
    met.number,
    met.nearest is null as is_lone
from met
