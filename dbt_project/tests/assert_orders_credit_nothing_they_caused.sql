-- Credit of a touch that names the very order or deal, or of a message about an order or account: what an
-- order made cannot have led to it.
{{ config(meta={'audit': 'credit'}) }}

select
    credits.conversion_id,
    credits.touch_id,
    credits.model_id
from {{ ref('fct_attribution') }} as credits
inner join {{ ref('fct_touch') }} as touches on credits.touch_id = touches.touch_id
inner join {{ ref('fct_conversion') }} as conversions on credits.conversion_id = conversions.conversion_id
where
    touches.rule_id ~ '_(transactional|untimed)'
    or touches.about = conversions.order_id::text
    or touches.about = lower(conversions.order_number)
    or (
        conversions.kind = 'deal'
        and (
            touches.about = conversions.deal_id::text
            or (touches.about = 'deal:' || conversions.deal_id and touches.at > conversions.opened_at)
        )
    )
