select
    a.id as archive_id,
    a.order_id,
    a.account_number,
    a.lid as site_id,
    a.person_type_id,
    a.user_id,  -- 0 is none; as written, so that orders of an account are found by index
    a.status_id,
    coalesce(a.payed, 'N') = 'Y' as is_paid,
    coalesce(a.canceled, 'N') = 'Y' as is_cancelled,
    a.currency,
    {{ kopecks('a.price') }} as price_kopecks,
    {{ kopecks('a.sum_paid') }} as paid_kopecks,
    {{ source_time('BITRIX', 'a.date_insert') }} as created_at,
    {{ source_time('BITRIX', 'a.date_archived') }} as archived_at,
    a._seq,
    a._next_seq
from {{ source('raw_bitrix', 'b_sale_order_archive') }} as a
where {{ standing('a') }}
