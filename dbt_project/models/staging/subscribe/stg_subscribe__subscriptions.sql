select
    s.id as subscription_id,
    {{ normalise_email('s.email') }} as email,
    nullif(s.user_id, 0) as user_id,
    coalesce(s.active, 'N') = 'Y' as is_active,
    coalesce(s.confirmed, 'N') = 'Y' as is_confirmed,
    {{ source_time('SUBSCRIBE', 's.date_insert') }} as created_at,
    {{ source_time('SUBSCRIBE', 'coalesce(s.date_update, s.date_insert)') }} as modified_at,
    {{ source_time('SUBSCRIBE', 's.date_confirm') }} as confirmed_at,
    s._seq,
    s._next_seq
from {{ source('raw_subscribe', 'b_subscription') }} as s
where {{ standing('s') }}
