-- One row per conversion whose last touch that was not direct is a letter, or a visit that a click in one
-- opened (within half an hour, clocks a minute apart): which letter, and what the conversion brought.
{{ config(
    key='conversion_id',
    unique_key='conversion_id',
    follows={
        'fct_conversion': 'conversion_id',
        'int_attribution__steps': 'conversion_id',
        'fct_touch': {'through': 'fct_conversion', 'on': touch_before()},
    },
    reads={
        'fct_conversion': ['conversion_id', 'customer_uuid', 'at'],
        'fct_touch': ['touch_id', 'customer_uuid', 'at', 'touch_type', 'source_system'],
    },
    reads_as_rule=['attribution_models'],
    indexes=[{'columns': ['conversion_id'], 'unique': true}],
) }}

with credits as (
    {{ credits_of(ref('int_attribution__steps'), ref('attribution_models')) }}
),

credited as (
    select
        conversions.conversion_id,
        conversions.customer_uuid,
        touches.touch_id,
        touches.at,
        touches.source_system in ('subscribe', 'esp') as is_letter,
        credits.kind,
        credits.is_purchase,
        credits.converted_at,
        credits.credit_kopecks
    from credits
    inner join {{ ref('fct_conversion') }} as conversions on credits.conversion_id = conversions.conversion_id
    inner join {{ ref('fct_touch') }} as touches
        on conversions.customer_uuid = touches.customer_uuid and credits.touch_id = touches.touch_id
    where
        credits.model_id = 'last_non_direct'
        and (touches.source_system in ('subscribe', 'esp') or credits.channel = 'Email')
),

clicked as (
    select distinct on (credited.conversion_id)
        credited.conversion_id,
        clicks.touch_id
    from credited
    inner join {{ ref('fct_touch') }} as clicks on credited.customer_uuid = clicks.customer_uuid
    where
        not credited.is_letter
        and clicks.touch_type = 'email_click'
        and clicks.at > credited.at - interval '30 minutes'
        and clicks.at <= least(credited.at + interval '1 minute', credited.converted_at)
    order by credited.conversion_id asc, clicks.at desc, clicks.touch_id asc
)

select
    credited.conversion_id,
    case when credited.is_letter then credited.touch_id else clicked.touch_id end as letter_touch_id,
    credited.converted_at,
    (credited.is_purchase and credited.kind = 'order')::int as orders_paid,
    credited.is_purchase::int as purchases,
    credited.credit_kopecks as revenue_kopecks
from credited
left join clicked on credited.conversion_id = clicked.conversion_id
where credited.is_letter or clicked.touch_id is not null
