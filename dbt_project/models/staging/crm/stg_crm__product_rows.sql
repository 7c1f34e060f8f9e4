{%- set number = '^-?[0-9]{1,12}(?:[.][0-9]{1,10})?$' %}
{%- set numbers = ['price', 'quantity', 'discount_sum', 'tax_rate'] %}
select
    p.owner_id as deal_id,
    item.place as row_no,
    {{ id_in("(item.told ->> 'ID')") }}::bigint as product_row_id,
    {{ id_in("(item.told ->> 'PRODUCT_ID')") }}::bigint as product_id,
    nullif(trim(item.told ->> 'PRODUCT_NAME'), '') as product,
    {%- for name in numbers %}
    substring(item.told ->> '{{ name | upper }}' from '{{ number }}')::numeric as {{ name }},
    {%- endfor %}
    item.told ->> 'TAX_INCLUDED' = 'Y' as is_tax_included,
    p._seq,
    p._next_seq
from {{ source('raw_crm', 'product_rows') }} as p
cross join lateral jsonb_array_elements({{ json_array('p.rows') }}) with ordinality as item (told, place)
where {{ standing('p') }}
