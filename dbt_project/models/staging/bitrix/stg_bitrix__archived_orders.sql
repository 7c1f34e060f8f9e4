select
    a.id as archive_id,
    a.order_id,
    a.account_number,
    a.lid as site_id,
    a.person_type_id,
    nullif(a.user_id, 0) as user_id,
    a.status_id,
    coalesce(a.payed, 'N') = 'Y' as is_paid,
    coalesce(a.canceled, 'N') = 'Y' as is_cancelled,
    a.currency,
    {{ kopecks('a.price') }} as price_kopecks,
    {{ kopecks('o.price_delivery') }} as delivery_kopecks,
    {{ kopecks('a.sum_paid') }} as paid_kopecks,
    {{ source_time('BITRIX', 'a.date_insert') }} as created_at,
    {{ source_time('BITRIX', 'a.date_archived') }} as archived_at,
    greatest(a._seq, o._seq) as _seq
from {{ source('raw_bitrix', 'b_sale_order_archive') }} as a
left join {{ source('raw_bitrix', 'b_sale_order') }} as o on a.order_id = o.id and {{ last_known('o') }}
where {{ standing('a') }}
