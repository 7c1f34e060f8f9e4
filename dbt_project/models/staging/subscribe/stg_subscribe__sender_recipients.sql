select
    r.id as recipient_id,
    r.posting_id,
    r.contact_id as sender_contact_id,
    nullif(r.user_id, 0) as user_id,
    r.status,
    -- The module's codes read backwards: N is sent, Y is waiting to be sent.
    r.status = 'N' as is_sent,
    {{ source_time('SUBSCRIBE', 'r.date_sent') }} as sent_at,
    r._seq,
    r._next_seq
from {{ source('raw_subscribe', 'b_sender_posting_recipient') }} as r
where {{ standing('r') }}
