-- One row per local month and called number (its digits, as the seed call_tracking_numbers writes them),
-- whether or not a rule names it: calls, what their callers bought after them by the model last_non_direct,
-- and what the number cost. A call costs as much as a visit: of the month's cost of the campaign that
-- carries the number goes the share that its calls have in the calls and the visits of the campaign.
{{ config(materialized='view') }}

with calls as (
    select
        touch_id,
        {{ local_date('at', 'month') }} as local_month,
        {{ local_date('at') }} as local_day,
        {{ trunk_key('trunk') }} as number,
        phone,
        coalesce(is_answered, false) as is_answered
    from {{ ref('int_sales__calls') }}
    where direction = 'in' and trunk is not null
),

rules as (
    select
        {{ trunk_key('number') }} as number,
        coalesce(valid_from, '-infinity'::date) as valid_from,
        coalesce(valid_to, 'infinity'::date) as valid_to
    from {{ ref('call_tracking_numbers') }}
),

called as (
    select
        calls.local_month,
        calls.number,
        count(*) as calls,
        count(*) filter (where calls.is_answered) as calls_answered,
        count(*) filter (where not calls.is_answered) as calls_missed,
        count(distinct calls.phone) as unique_callers,
        count(*) filter (where rules.number is not null) as calls_mapped
    from calls
    left join rules
        on calls.number = rules.number and calls.local_day between rules.valid_from and rules.valid_to
    group by calls.local_month, calls.number
),

sales as (
    select
        calls.number,
        {{ local_date('conversions.at', 'month') }} as local_month,
        conversions.kind,
        conversions.status as status_id,
        {{ is_purchase('conversions') }} as is_purchase,
        conversions.revenue_kopecks
    from {{ ref('int_sales__called_conversions') }} as credits
    inner join calls on credits.touch_id = calls.touch_id
    inner join {{ ref('fct_conversion') }} as conversions on credits.conversion_id = conversions.conversion_id
),

sold as (
    select
        sales.local_month,
        sales.number,
        count(*) filter (where sales.kind = 'lead' and not {{ is_junk_lead('sales') }}) as leads,
        count(*) filter (where sales.kind = 'deal') as deals_won,
        count(*) filter (where sales.kind = 'order' and sales.is_purchase) as orders_paid,
        sum(sales.revenue_kopecks)::bigint as revenue_kopecks
    from sales
    group by sales.local_month, sales.number
),

months as (
    select
        local_month,
        number
    from called
    union
    select
        local_month,
        number
    from sold
),

mapped as (
    select distinct number from rules
)

select
    months.local_month,
    months.number,
    mapped.number is not null as is_mapped,
    coalesce(called.calls, 0) as calls,
    coalesce(called.calls_answered, 0) as calls_answered,
    coalesce(called.calls_missed, 0) as calls_missed,
    coalesce(called.calls - called.calls_mapped, 0) as calls_unmapped,
    coalesce(called.unique_callers, 0) as unique_callers,
    coalesce(sold.leads, 0) as leads,
    coalesce(sold.deals_won, 0) as deals_won,
    coalesce(sold.orders_paid, 0) as orders_paid,
    coalesce(sold.revenue_kopecks, 0) as revenue_kopecks,
    spent.spend_kopecks,
    round(
        (coalesce(sold.revenue_kopecks, 0) - spent.spend_kopecks) / nullif(spent.spend_kopecks, 0)::numeric, 6
    ) as romi_revenue
from months
left join mapped on months.number = mapped.number
left join called on months.local_month = called.local_month and months.number = called.number
left join sold on months.local_month = sold.local_month and months.number = sold.number
left join {{ ref('called_number_spend') }} as spent
    on months.local_month = spent.local_month and months.number = spent.number
