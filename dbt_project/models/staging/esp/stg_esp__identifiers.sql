with addresses as (
    select
        e._seq,
        'EMAIL' as id_type,
        {{ normalise_email('e.email') }} as id_value,
        'bl_email_events' as source_table,
        e.id::text as source_key,
        coalesce({{ source_time('ESP', 'e.event_at') }}, e._loaded_at) as observed_at
    from {{ source('raw_esp', 'bl_email_events') }} as e
    where {{ seen('e') }}
    union all
    -- The key of this table holds the address itself: only the campaign goes into the source key.
    select
        d._seq,
        case when d.phone is null then 'EMAIL' else 'PHONE' end as id_type,
        case
            when d.phone is null then {{ normalise_email('d.email') }}
            else {{ normalise_phone('d.phone') }}
        end as id_value,
        'unisender_delivery' as source_table,
        d.campaign_id::text as source_key,
        coalesce({{ source_time('ESP', 'd.last_update') }}, d._loaded_at) as observed_at
    from {{ source('raw_esp', 'unisender_delivery') }} as d
    where {{ seen('d') }}
    union all
    select
        m._seq,
        'EMAIL' as id_type,
        {{ normalise_email('m.recipient') }} as id_value,
        'sendpulse_email' as source_table,
        m.id as source_key,
        coalesce({{ source_time('ESP', 'm.send_date') }}, m._loaded_at) as observed_at
    from {{ source('raw_esp', 'sendpulse_email') }} as m
    where {{ seen('m') }}
)

select
    a._seq,
    case a.id_type when 'PHONE' then 'esp_phone' else 'esp_email' end as rule,
    a.id_type as a_type,
    a.id_value as a_value,
    null::text as b_type,
    null::text as b_value,
    a.source_table,
    a.source_key,
    a.observed_at
from addresses as a
where a.id_value is not null
