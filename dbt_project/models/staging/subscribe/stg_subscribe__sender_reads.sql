select
    e.id as sender_read_id,
    e.posting_id,
    e.recipient_id,
    {{ source_time('SUBSCRIBE', 'e.date_insert') }} as at,
    e._seq,
    e._next_seq
from {{ source('raw_subscribe', 'b_sender_posting_read') }} as e
where {{ standing('e') }}
