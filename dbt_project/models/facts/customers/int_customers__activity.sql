-- One row per customer: when they last visited the site, asked for something and bought.
{{ config(
    key='customer_uuid',
    unique_key='customer_uuid',
    follows={
        'fct_touch': {'by': {'customer_uuid': 'customer_uuid'}, 'when': "entry.touch_type = 'web_session'"},
        'fct_conversion': 'customer_uuid',
    },
    reads={
        'fct_touch': ['touch_id', 'customer_uuid', 'at', 'touch_type'],
        'fct_conversion': ['conversion_id', 'customer_uuid', 'at', 'kind', 'is_paid', 'is_cancelled'],
    },
    indexes=[{'columns': ['customer_uuid'], 'unique': true}, {'columns': ['last_visit_at']}],
) }}

with happened as (
    select
        touches.customer_uuid,
        touches.at as visit_at,
        null::timestamptz as request_at,
        null::timestamptz as purchase_at
    from {{ ref('fct_touch') }} as touches
    where touches.touch_type = 'web_session' and touches.customer_uuid is not null
    union all
    select
        conversions.customer_uuid,
        null as visit_at,
        conversions.at as request_at,
        case when {{ is_purchase('conversions') }} then conversions.at end as purchase_at
    from {{ ref('fct_conversion') }} as conversions
    where conversions.customer_uuid is not null
)

select
    customer_uuid,
    max(visit_at) as last_visit_at,
    max(request_at) as last_request_at,
    max(purchase_at) as last_purchase_at
from happened
group by customer_uuid
