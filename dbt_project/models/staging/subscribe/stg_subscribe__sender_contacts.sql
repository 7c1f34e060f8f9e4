select
    c.id as sender_contact_id,
    coalesce(c.type_id, 1) as type_id,
    c.code as address,
    case when coalesce(c.type_id, 1) = 1 then {{ normalise_email('c.code') }} end as email,
    case when c.type_id = 2 then {{ normalise_phone('c.code') }} end as phone,
    nullif(c.user_id, 0) as user_id,
    coalesce(c.blacklisted, 'N') = 'Y' as is_blacklisted,
    coalesce(c.is_unsub, 'N') = 'Y' as is_unsubscribed,
    {{ source_time('SUBSCRIBE', 'c.date_insert') }} as created_at,
    {{ source_time('SUBSCRIBE', 'coalesce(c.date_update, c.date_insert)') }} as modified_at,
    c._seq,
    c._next_seq
from {{ source('raw_subscribe', 'b_sender_contact') }} as c
where {{ standing('c') }}
