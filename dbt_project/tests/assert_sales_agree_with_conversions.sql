-- Days of managers add up to the conversions, leads and calls of the day, and what came to a stage to what
-- became of it: the same word is the same number.
{{ config(meta={'audit': 'sales'}) }}

with conversions as (
    select
        {{ local_date('entry.at') }} as local_date,
        count(*) filter (where entry.kind = 'deal') as deals_won,
        count(*) filter (where entry.kind = 'order' and {{ is_purchase('entry') }}) as orders_paid,
        count(*) filter (where entry.kind = 'lead') as leads_of_all,
        coalesce(sum(entry.revenue_kopecks) filter (where entry.kind in ('deal', 'order')), 0)
            as revenue_kopecks,
        0 as calls
    from {{ ref('fct_conversion') }} as entry
    group by 1
    union all
    select
        {{ local_date('at') }} as local_date,
        0 as deals_won,
        0 as orders_paid,
        0 as leads_of_all,
        0 as revenue_kopecks,
        count(*) as calls
    from {{ ref('fct_touch') }}
    where touch_type = 'call'
    group by 1
),

signed as (
    select
        local_date,
        deals_won,
        orders_paid,
        leads_of_all,
        revenue_kopecks,
        calls
    from conversions
    union all
    select
        local_date,
        -deals_won as deals_won,
        -orders_paid as orders_paid,
        -(leads + leads_junk) as leads_of_all,
        -revenue_kopecks as revenue_kopecks,
        -calls as calls
    from {{ ref('manager_daily') }}
)

select
    local_date::text as what,
    sum(deals_won) as deals_won,
    sum(orders_paid) as orders_paid,
    sum(leads_of_all) as leads,
    sum(revenue_kopecks) as revenue_kopecks,
    sum(calls) as calls
from signed
group by local_date
having
    sum(deals_won) <> 0 or sum(orders_paid) <> 0 or sum(leads_of_all) <> 0 or sum(revenue_kopecks) <> 0
    or sum(calls) <> 0
union all
select
    stage_id as what,
    0 as deals_won,
    0 as orders_paid,
    0 as leads,
    0 as revenue_kopecks,
    entered as calls
from {{ ref('funnel_monthly') }}
where entered <> moved_on + lost + still_open + moved_elsewhere or skipped > moved_on
