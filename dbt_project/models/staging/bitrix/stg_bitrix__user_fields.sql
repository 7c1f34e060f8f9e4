select
    f.value_id as user_id,
    f.uf as fields,
    f._seq,
    f._next_seq
from {{ source('raw_bitrix', 'b_uts_user') }} as f
where {{ standing('f') }}
