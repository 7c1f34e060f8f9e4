select
    p.id as payment_id,
    p.order_id,
    coalesce(p.paid, 'N') = 'Y' as is_paid,
    -- Y: to the customer's account in the shop; P: through the payment system.
    coalesce(p.is_return, 'N') in ('Y', 'P') as is_return,
    p.pay_system_id,
    p.pay_system_name,
    p.currency,
    {{ kopecks('p.sum') }} as amount_kopecks,
    {{ source_time('BITRIX', 'p.date_paid') }} as paid_at,
    {{ source_time('BITRIX', 'p.pay_return_date') }} as returned_at,
    p._seq,
    p._next_seq
from {{ source('raw_bitrix', 'b_sale_order_payment') }} as p
where {{ kept('p') }}
