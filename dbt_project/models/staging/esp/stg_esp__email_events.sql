select
    e.id as email_event_id,
    lower(e.provider) as provider,
    lower(e.event) as event,
    {{ normalise_email('e.email') }} as email,
    e.email as email_written,
    nullif(e.campaign_id, '') as campaign_id,
    e.message_id,
    e.url,
    e.payload,
    {{ source_time('ESP', 'e.event_at') }} as at,
    {{ source_time('ESP', 'e.received_at') }} as received_at,
    e._seq
from {{ source('raw_esp', 'bl_email_events') }} as e
where {{ standing('e') }}
