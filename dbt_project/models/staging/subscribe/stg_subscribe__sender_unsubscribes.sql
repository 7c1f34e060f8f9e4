select
    e.id as sender_unsub_id,
    e.posting_id,
    e.recipient_id,
    {{ source_time('SUBSCRIBE', 'e.date_insert') }} as at,
    e._seq,
    e._next_seq
from {{ source('raw_subscribe', 'b_sender_posting_unsub') }} as e
where {{ standing('e') }}
