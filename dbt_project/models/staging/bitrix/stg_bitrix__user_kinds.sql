-- The first version of an account decides, once and for all, whether it is a person: a rule that
-- could change its mind would make an hourly run and a rebuild disagree.
-- `not exists`, not `distinct on`: a few accounts are then looked up by number, not all of them sorted.
select
    u.id as user_id,
    t.external_auth_id is not null as is_technical,
    u._seq
from {{ source('raw_bitrix', 'b_user') }} as u
left join {{ ref('technical_user_types') }} as t on lower(u.external_auth_id) = t.external_auth_id
where
    {{ seen('u') }}
    and not exists (
        select 1
        from {{ source('raw_bitrix', 'b_user') }} as earlier
        where earlier.id = u.id and earlier._seq < u._seq and not earlier._deleted
    )
