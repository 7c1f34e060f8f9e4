select
    b.id as basket_item_id,
    b.fuser_id,
    b.order_id,
    b.product_id,
    b.name as product_name,
    {{ summable('b.quantity') }} as quantity,
    b.currency,
    {{ kopecks('b.price') }} as price_kopecks,
    {{ kopecks('b.base_price') }} as base_price_kopecks,
    {{ kopecks('b.discount_price') }} as discount_kopecks,
    -- Null is "without VAT", as the shop writes it; what cannot be a share is unknown.
    case when coalesce(b.vat_rate, 0) between 0 and 1 then coalesce(b.vat_rate, 0) end as vat_rate,
    coalesce(b.vat_included, 'Y') <> 'N' as is_vat_included,
    -- Components of a set repeat the price of the set: leave them out of sums.
    coalesce(b.set_parent_id, 0) not in (0, b.id) as is_set_component,
    b.lid as site_id,
    {{ source_time('BITRIX', 'b.date_insert') }} as created_at,
    {{ source_time('BITRIX', 'b.date_update') }} as modified_at,
    b._seq,
    b._next_seq
from {{ source('raw_bitrix', 'b_sale_basket') }} as b
where {{ kept('b') }}
