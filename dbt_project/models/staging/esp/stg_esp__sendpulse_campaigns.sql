select
    c.id as campaign_id,
    c.name,
    c.status,
    {{ source_time('ESP', 'c.send_date') }} as sent_at,
    -- One per state: {code, count, explain}.
    {{ json_array("c.payload -> 'statistics'") }} as totals,
    c._seq,
    c._next_seq
from {{ source('raw_esp', 'sendpulse_campaign') }} as c
where {{ standing('c') }}
