select
    i.number || ' ' || i.year as onec_order_id,
    line.place,
    nullif(trim(line.item ->> 'product_code'), '') as product_code,
    nullif(trim(line.item ->> 'product_name'), '') as product_name,
    {{ summable("(line.item ->> 'quantity')::numeric") }} as quantity,
    {{ kopecks("(line.item ->> 'price')::numeric") }} as price_kopecks,
    {{ kopecks("(line.item ->> 'sum')::numeric") }} as sum_kopecks,
    i._seq,
    i._next_seq
from {{ source('raw_onec', 'customer_order_items') }} as i
cross join lateral jsonb_array_elements({{ json_array('i.items') }}) with ordinality as line (item, place)
where {{ standing('i') }}
