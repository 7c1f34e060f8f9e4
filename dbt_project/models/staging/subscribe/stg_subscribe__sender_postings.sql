select
    p.id as posting_id,
    p.mailing_id,
    p.mailing_chain_id,
    p.status,
    {{ source_time('SUBSCRIBE', 'p.date_create') }} as created_at,
    {{ source_time('SUBSCRIBE', 'coalesce(p.date_sent, p.date_send)') }} as sent_at,
    p._seq,
    p._next_seq
from {{ source('raw_subscribe', 'b_sender_posting') }} as p
where {{ standing('p') }}
