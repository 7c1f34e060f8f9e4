select
    c.id as campaign_id,
    c.subject,
    c.status,
    {{ source_time('ESP', 'c.start_time') }} as starts_at,
    c._seq,
    c._next_seq
from {{ source('raw_esp', 'unisender_campaign') }} as c
where {{ standing('c') }}
