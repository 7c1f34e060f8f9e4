-- WORK_PHONE is left out on purpose: it is the phone of an office, not of a person.
with accounts as not materialized (
    select
        u.*,
        u.id::text as user_id,
        coalesce({{ source_time('BITRIX', 'u.date_register') }}, u._loaded_at) as born_at,
        coalesce(
            {{ source_time('BITRIX', 'u.timestamp_x') }},
            {{ source_time('BITRIX', 'u.date_register') }},
            u._loaded_at
        ) as written_at
    from {{ source('raw_bitrix', 'b_user') }} as u
    where {{ seen('u') }} and {{ is_technical('u') }} is false
)

-- The account alone, at its birth; its addresses count from when they were last written.
select
    a._seq,
    'site_user_email' as rule,
    'USER' as a_type,
    a.user_id as a_value,
    null::text as b_type,
    null::text as b_value,
    'b_user' as source_table,
    a.user_id as source_key,
    a.born_at as observed_at
from accounts as a
union all
select
    a._seq,
    'site_user_email' as rule,
    'USER' as a_type,
    a.user_id as a_value,
    'EMAIL' as b_type,
    e.email as b_value,
    'b_user' as source_table,
    a.user_id as source_key,
    a.written_at as observed_at
from accounts as a
cross join lateral {{ emails_in('a.email') }} as e
union all
select
    a._seq,
    'site_user_phone' as rule,
    'USER' as a_type,
    a.user_id as a_value,
    'PHONE' as b_type,
    p.phone as b_value,
    'b_user' as source_table,
    a.user_id as source_key,
    a.written_at as observed_at
from accounts as a
cross join lateral (values (a.personal_phone), (a.personal_mobile)) as field (written)
cross join lateral {{ phones_in('field.written') }} as p
union all
select
    v._seq,
    'site_user_verified_phone' as rule,
    'USER' as a_type,
    v.user_id::text as a_value,
    'PHONE' as b_type,
    p.phone as b_value,
    'b_user_phone_auth' as source_table,
    v.user_id::text as source_key,
    coalesce({{ source_time('BITRIX', 'v.date_sent') }}, v._loaded_at) as observed_at
from {{ source('raw_bitrix', 'b_user_phone_auth') }} as v
cross join lateral {{ phones_in('v.phone_number') }} as p
where {{ seen('v') }} and v.confirmed = 'Y'
