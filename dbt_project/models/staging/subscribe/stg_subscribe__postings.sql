select
    p.id as posting_id,
    p.status,
    p.subject,
    {{ source_time('SUBSCRIBE', 'p.date_sent') }} as sent_at,
    {{ source_time('SUBSCRIBE', 'p.timestamp_x') }} as modified_at,
    p._seq,
    p._next_seq
from {{ source('raw_subscribe', 'b_posting') }} as p
where {{ standing('p') }}
