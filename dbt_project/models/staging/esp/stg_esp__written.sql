-- What stands where a phone or an e-mail belongs, as it is written: for int_identity__unread.
select
    w._seq,
    'bl_email_events' as source_table,
    w.id::text as source_key,
    'email' as field,
    'EMAIL' as id_type,
    w.email as value,
    w._loaded_at
from {{ source('raw_esp', 'bl_email_events') }} as w
where {{ seen('w') }}
union all
select
    w._seq,
    'unisender_delivery' as source_table,
    w.campaign_id::text as source_key,
    case when w.phone is null then 'email' else 'phone' end as field,
    case when w.phone is null then 'EMAIL' else 'PHONE' end as id_type,
    coalesce(w.phone, w.email) as value,
    w._loaded_at
from {{ source('raw_esp', 'unisender_delivery') }} as w
where {{ seen('w') }}
union all
select
    w._seq,
    'sendpulse_email' as source_table,
    w.id::text as source_key,
    'recipient' as field,
    'EMAIL' as id_type,
    w.recipient as value,
    w._loaded_at
from {{ source('raw_esp', 'sendpulse_email') }} as w
where {{ seen('w') }}
