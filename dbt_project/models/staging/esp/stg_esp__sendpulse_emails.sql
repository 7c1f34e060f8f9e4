select
    m.id as message_id,
    {{ normalise_email('m.recipient') }} as email,
    m.subject,
    m.smtp_answer_code,
    coalesce(m.opened, 0) as opens,
    coalesce(m.clicked, 0) as clicks,
    m.payload -> 'tracking' as tracking,
    {{ source_time('ESP', 'm.send_date') }} as sent_at,
    m._seq,
    m._next_seq
from {{ source('raw_esp', 'sendpulse_email') }} as m
where {{ standing('m') }}
