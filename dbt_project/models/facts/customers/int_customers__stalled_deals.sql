-- One row per rule deal_stalled of the seed audiences and open deal that stands in its stage longer than the
-- rule allows: than the share of stays that it names, as funnel_monthly estimates them.
{{ config(materialized='view') }}

with rules as (
    select
        audiences.audience_id,
        audiences.days,
        audiences.quantile,
        present.set_at
    from {{ ref('audiences') }} as audiences
    cross join {{ source('ops', 'bound') }} as present
    where audiences.rule = 'deal_stalled'
),

open_stages as (
    select
        stays.deal_id,
        stays.category_id,
        stays.stage_id,
        stays.entered_at,
        present.set_at,
        greatest(0, extract(epoch from coalesce(stays.left_at, present.set_at) - stays.entered_at))::bigint
            as seconds,
        stays.left_at is not null as is_over
    from {{ ref('int_sales__stays') }} as stays
    cross join {{ source('ops', 'bound') }} as present
    where stays.semantic_id = 'P'
),

{{ kaplan_meier_curve('open_stages', ['category_id', 'stage_id']) }},

-- While more than the rest stay for good, longer than any that ended is long. With fewer than 20 stays that
-- are over nobody knows, and the days of the rule count.
allowances as (
    select
        rules.audience_id,
        curve.category_id,
        curve.stage_id,
        coalesce(
            min(curve.seconds) filter (where curve.share_left <= round(1 - rules.quantile::numeric, 9)),
            max(curve.seconds) filter (where curve.over > 0)
        ) as seconds
    from curve
    cross join rules
    group by rules.audience_id, curve.category_id, curve.stage_id
    having sum(curve.over) >= 20
)

select
    rules.audience_id,
    owners.customer_uuid,
    stays.deal_id,
    stays.stage_id,
    stays.entered_at
from open_stages as stays
cross join rules
inner join {{ ref('int_sales__customers') }} as owners
    on stays.deal_id = owners.source_id and owners.kind = 'deal'
left join allowances
    on
        rules.audience_id = allowances.audience_id
        and stays.category_id = allowances.category_id
        and stays.stage_id = allowances.stage_id
where
    not stays.is_over
    and owners.customer_uuid is not null
    and stays.entered_at
    + coalesce(allowances.seconds * interval '1 second', rules.days * interval '24 hours') < rules.set_at
