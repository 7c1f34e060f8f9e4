with addresses as (
    select
        c._seq,
        {{ normalise_email('c.code') }} as email,
        c.user_id,
        'b_sender_contact' as source_table,
        c.id,
        coalesce(c.date_update, c.date_insert) as at,
        c._loaded_at
    from {{ source('raw_subscribe', 'b_sender_contact') }} as c
    where {{ seen('c') }} and coalesce(c.type_id, 1) = 1
    union all
    select
        s._seq,
        {{ normalise_email('s.email') }} as email,
        s.user_id,
        'b_subscription' as source_table,
        s.id,
        coalesce(s.date_update, s.date_insert) as at,
        s._loaded_at
    from {{ source('raw_subscribe', 'b_subscription') }} as s
    where {{ seen('s') }}
)

select
    a._seq,
    case when a.user_id > 0 then 'subscriber_user' else 'subscriber_email' end as rule,
    'EMAIL' as a_type,
    a.email as a_value,
    case when a.user_id > 0 then 'USER' end as b_type,
    case when a.user_id > 0 then a.user_id::text end as b_value,
    a.source_table,
    a.id::text as source_key,
    coalesce({{ source_time('SUBSCRIBE', 'a.at') }}, a._loaded_at) as observed_at
from addresses as a
where a.email is not null
