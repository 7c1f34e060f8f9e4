select
    c.id as campaign_id,
    c.name,
    c.status,
    {{ source_time('ESP', 'c.send_date') }} as sent_at,
    c._seq
from {{ source('raw_esp', 'sendpulse_campaign') }} as c
where {{ standing('c') }}
