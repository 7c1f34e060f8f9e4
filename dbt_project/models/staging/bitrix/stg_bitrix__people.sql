-- Who an account says it is of, by version: the fields of the profile, as written.
select
    u._seq,
    'USER' as a_type,
    u.id::text as a_value,
    null::text as b_type,
    null::text as b_value,
    u.name as given,
    u.last_name as surname,
    u.personal_birthday::text as birthday
from {{ source('raw_bitrix', 'b_user') }} as u
left join {{ ref('technical_user_types') }} as t on lower(u.external_auth_id) = t.external_auth_id
where
    {{ seen('u') }}
    and t.external_auth_id is null
    and (u.name <> '' or u.last_name <> '' or u.personal_birthday is not null)
