select
    u.id as user_id,
    u.login,
    u.name as first_name,
    u.last_name,
    u.second_name,
    u.email,
    u.personal_phone,
    u.personal_mobile,
    u.work_phone,
    u.lid as site_id,
    u.xml_id,
    u.external_auth_id,
    u.bx_user_id,
    u.active = 'Y' as is_active,
    coalesce(u.blocked, 'N') = 'Y' as is_blocked,
    {{ source_time('BITRIX', 'u.date_register') }} as registered_at,
    {{ source_time('BITRIX', 'u.last_login') }} as last_login_at,
    {{ source_time('BITRIX', 'u.last_activity_date') }} as last_activity_at,
    {{ source_time('BITRIX', 'u.timestamp_x') }} as modified_at,
    u._seq,
    u._next_seq
from {{ source('raw_bitrix', 'b_user') }} as u
where {{ standing('u') }}
