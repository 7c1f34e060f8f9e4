-- Every price that was ever read, replaced ones too: what was sold costs what stood then. 0 is not filled in.
select
    p.id as product_id,
    {{ kopecks('p.purchasing_price') }} as price_kopecks,
    p.purchasing_currency as currency,
    p._loaded_at as known_from,
    p._seq,
    null::bigint as _next_seq
from {{ source('raw_bitrix', 'b_catalog_product') }} as p
where {{ seen('p') }} and p.purchasing_price > 0
