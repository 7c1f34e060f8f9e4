-- What stands where a phone or an e-mail belongs, as it is written: for int_identity__unread.
select
    w._seq,
    'bl_pos_receipt' as source_table,
    w.id::text as source_key,
    'phone' as field,
    'PHONE' as id_type,
    w.phone as value,
    w._loaded_at
from {{ source('raw_loyalty', 'bl_pos_receipt') }} as w
where {{ seen('w') }}
