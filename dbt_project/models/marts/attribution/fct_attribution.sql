-- One row per conversion, touch and attribution model with the touch's share and credit in kopecks.
-- Models are lines of the seed attribution_models; credits of a conversion add up to its revenue.
-- Written for the conversions whose path or revenue may have changed.
{{ config(
    materialized='incremental',
    incremental_strategy='replace',
    unique_key=['conversion_id', 'model_id', 'position'],
    affected='int_journey__affected_conversions',
    affected_by=['conversion_id'],
    reports={
        'fact': "'credit'",
        'fact_id': 'conversion_id',
        'customer_uuid': 'customer_uuid',
        'at': 'converted_at',
    },
    logs=true,
    distributed_by='conversion_id',
    indexes=[
        {'columns': ['conversion_id', 'model_id', 'position'], 'unique': true},
        {'columns': ['model_id', 'converted_at']},
    ],
) }}

{%- set told = ['brand', 'region', 'is_purchase', 'is_qualified', 'is_first'] %}

with models as (
    {{ attribution_parameters(ref('attribution_models')) }}
),

conversions as (
    select
        conversions.conversion_id,
        conversions.customer_uuid,
        conversions.at as converted_at,
        conversions.kind as conversion_kind,
        conversions.brand,
        conversions.region,
        {{ is_purchase('conversions') }} as is_purchase,
        {{ is_qualified_lead('conversions') }} as is_qualified,
        conversions.is_first,
        abs(conversions.revenue_kopecks) as amount,
        sign(conversions.revenue_kopecks)::bigint as direction,
        abs(conversions.margin_kopecks) as margin,
        sign(conversions.margin_kopecks)::bigint as margin_direction
    from {{ ref('int_journey__affected_conversions') }} as affected
    inner join {{ ref('fct_conversion') }} as conversions
        on affected.conversion_id = conversions.conversion_id
),

weighed as (
    select
        steps.*,
        models.model_id,
        models.kind,
        models.first_share,
        models.last_share,
        conversions.amount,
        conversions.direction,
        conversions.margin,
        conversions.margin_direction,
        conversions.conversion_kind,
        {% for name in told -%}
        conversions.{{ name }},
        {% endfor -%}
        {{ touch_weight('step', 'steps', 'decay', 'decay_all') }} as weight
    from {{ ref('int_journey__path_steps') }} as steps
    inner join models on steps.variant = models.variant
    inner join conversions on steps.conversion_id = conversions.conversion_id
),

credited as (
    select
        *,
        {{ part_of_touch('1000000::bigint') }} as share_ppm,
        direction * {{ part_of_touch('amount') }} as credit_kopecks,
        margin_direction * {{ part_of_touch('margin') }} as margin_kopecks
    from weighed
    where weight > 0
)

select
    conversion_id,
    touch_id,
    model_id,
    customer_uuid,
    position,
    path_length,
    channel,
    source,
    campaign,
    weight,
    share_ppm,
    credit_kopecks,
    margin_kopecks,
    conversion_kind as kind,
    {{ told | join(',\n    ') }},
    converted_at,
    touched_at
from credited
union all
-- Nobody touched, or nobody known bought: the money stays visible under its own name.
select
    conversions.conversion_id,
    null::text as touch_id,
    models.model_id,
    conversions.customer_uuid,
    0 as position,
    0 as path_length,
    '(unattributed)' as channel,
    null::text as source,
    null::text as campaign,
    1.0::float8 as weight,
    1000000 as share_ppm,
    conversions.direction * conversions.amount as credit_kopecks,
    conversions.margin_direction * conversions.margin as margin_kopecks,
    conversions.conversion_kind as kind,
    conversions.{{ told | join(',\n    conversions.') }},
    conversions.converted_at,
    null::timestamptz as touched_at
from conversions
cross join models
where not exists (
    select 1 from credited
    where credited.conversion_id = conversions.conversion_id and credited.model_id = models.model_id
)
