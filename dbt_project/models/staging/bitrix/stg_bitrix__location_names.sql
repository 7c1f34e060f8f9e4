select
    n.id as location_name_id,
    n.location_id,
    n.language_id,
    nullif(trim(n.name), '') as name,
    n._seq,
    n._next_seq
from {{ source('raw_bitrix', 'b_sale_location_name') }} as n
where {{ standing('n') }}
