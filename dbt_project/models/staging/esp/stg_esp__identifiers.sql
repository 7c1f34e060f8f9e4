with addresses as (
    select
        e._seq,
        {{ normalise_email('e.email') }} as email,
        'bl_email_events' as source_table,
        e.id::text as source_key,
        coalesce({{ source_time('ESP', 'e.event_at') }}, e._loaded_at) as observed_at
    from {{ source('raw_esp', 'bl_email_events') }} as e
    where {{ seen('e') }}
    union all
    -- The key of this table holds the address itself: only the campaign goes into the source key.
    select
        d._seq,
        {{ normalise_email('d.email') }} as email,
        'unisender_delivery' as source_table,
        d.campaign_id::text as source_key,
        coalesce({{ source_time('ESP', 'd.last_update') }}, d._loaded_at) as observed_at
    from {{ source('raw_esp', 'unisender_delivery') }} as d
    where {{ seen('d') }}
    union all
    select
        m._seq,
        {{ normalise_email('m.recipient') }} as email,
        'sendpulse_email' as source_table,
        m.id as source_key,
        coalesce({{ source_time('ESP', 'm.send_date') }}, m._loaded_at) as observed_at
    from {{ source('raw_esp', 'sendpulse_email') }} as m
    where {{ seen('m') }}
)

select
    a._seq,
    'esp_email' as rule,
    'EMAIL' as a_type,
    a.email as a_value,
    null::text as b_type,
    null::text as b_value,
    a.source_table,
    a.source_key,
    a.observed_at
from addresses as a
where a.email is not null
