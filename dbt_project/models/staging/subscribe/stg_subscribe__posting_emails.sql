select
    e.id as posting_email_id,
    e.posting_id,
    e.status,
    -- N is sent, Y is waiting, E failed; the time of sending is the posting's.
    e.status = 'N' as is_sent,
    {{ normalise_email('e.email') }} as email,
    nullif(e.subscription_id, 0) as subscription_id,
    nullif(e.user_id, 0) as user_id,
    e._seq,
    e._next_seq
from {{ source('raw_subscribe', 'b_posting_email') }} as e
where {{ standing('e') }}
