select
    f.id as fuser_id,
    nullif(f.user_id, 0) as user_id,
    f.code,
    {{ source_time('BITRIX', 'f.date_insert') }} as created_at,
    {{ source_time('BITRIX', 'f.date_update') }} as modified_at,
    f._seq,
    f._next_seq
from {{ source('raw_bitrix', 'b_sale_fuser') }} as f
where {{ standing('f') }}
