-- What stands where a phone or an e-mail belongs, as it is written: for int_identity__unread.
select
    w._seq,
    'b_sender_contact' as source_table,
    w.id::text as source_key,
    'CODE' as field,
    'EMAIL' as id_type,
    w.code as value,
    w._loaded_at
from {{ source('raw_subscribe', 'b_sender_contact') }} as w
where {{ seen('w') }} and coalesce(w.type_id, 1) = 1
union all
select
    w._seq,
    'b_subscription' as source_table,
    w.id::text as source_key,
    'EMAIL' as field,
    'EMAIL' as id_type,
    w.email as value,
    w._loaded_at
from {{ source('raw_subscribe', 'b_subscription') }} as w
where {{ seen('w') }}
