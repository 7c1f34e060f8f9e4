-- The address of a campaign by SMS is a phone (tables.py).
select
    d.campaign_id,
    d.email as email_written,
    {{ normalise_email('d.email') }} as email,
    {{ normalise_phone('d.phone') }} as phone,
    d.phone is not null as is_sms,
    d.send_result,
    {{ source_time('ESP', 'd.last_update') }} as at,
    d._seq,
    d._next_seq
from {{ source('raw_esp', 'unisender_delivery') }} as d
where {{ standing('d') }}
