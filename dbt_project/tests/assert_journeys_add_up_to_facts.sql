-- Every on-path touch of a known customer is in one journey, but for what the CRM only repeats; every
-- purchase ends one with its revenue.
-- Touches are counted by customer, so that none is lost here and doubled there.
{{ config(meta={'audit': 'journeys'}) }}

with journeys as (
    select
        owner,
        sum(touches) as touches,
        sum(case when is_converted then 1 else 0 end) as purchases,
        sum(revenue_kopecks) as revenue_kopecks
    from {{ ref('int_attribution__journeys') }}
    group by owner
),

facts as (
    select
        touches.customer_uuid as owner,
        1 as touches,
        0 as purchases,
        0 as revenue_kopecks
    from {{ ref('fct_touch') }} as touches
    where
        touches.customer_uuid is not null
        and touches.is_on_path
        and touches.touch_id not in (
            {{ no_part_of_journeys(ref('fct_touch'), ref('fct_conversion')) }} -- noqa: LT02
        )
    union all
    select
        {{ owner_of('fct_conversion') }} as owner,
        0 as touches,
        1 as purchases,
        revenue_kopecks
    from {{ ref('fct_conversion') }}
    where {{ is_purchase('fct_conversion') }}
),

owners as (
    select
        owner,
        sum(touches) as touches,
        sum(purchases) as purchases,
        sum(revenue_kopecks) as revenue_kopecks
    from facts
    group by owner
)

select
    coalesce(journeys.owner, owners.owner) as owner,
    journeys.touches as touches_in_journeys,
    owners.touches as touches_in_facts,
    journeys.purchases as purchases_in_journeys,
    owners.purchases as purchases_in_facts,
    journeys.revenue_kopecks as revenue_in_journeys,
    owners.revenue_kopecks as revenue_in_facts
from journeys
full outer join owners on journeys.owner = owners.owner
where
    journeys.touches is distinct from owners.touches
    or journeys.purchases is distinct from owners.purchases
    or journeys.revenue_kopecks is distinct from owners.revenue_kopecks
