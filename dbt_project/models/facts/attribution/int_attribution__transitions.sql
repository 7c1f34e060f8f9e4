-- One row per local month, brand, bucket of customers, last three channels and what came next: how often, and
-- the revenue of what was bought. Chains of order 1 and 2 are sums of these rows.
{{ config(
    materialized='sums',
    follows='int_attribution__journeys',
    unique_key=['local_month', 'brand', 'bucket', 'from_1', 'from_2', 'from_3', 'to_state'],
    indexes=[{
        'columns': ['local_month', 'brand', 'bucket', 'from_1', 'from_2', 'from_3', 'to_state'],
        'unique': true,
    }],
) }}

with states as (
    select
        local_month,
        brand,
        bucket,
        revenue_kopecks,
        cardinality(channels) + 1 as steps,
        channels || case when is_converted then '(conversion)' else '(null)' end as states
    from {{ ref('int_attribution__journeys') }}
)

select
    states.local_month,
    states.brand,
    states.bucket,
    -- Before its first element an array gives null.
    coalesce(states.states[step - 1], '(start)') as from_1,
    coalesce(states.states[step - 2], '(start)') as from_2,
    coalesce(states.states[step - 3], '(start)') as from_3,
    states.states[step] as to_state,
    count(*) as transitions,
    sum(case when step = states.steps then states.revenue_kopecks else 0 end)::bigint
        as revenue_kopecks,
    count(*) as entries
from states
cross join lateral generate_series(1, states.steps) as step
group by 1, 2, 3, 4, 5, 6, 7
