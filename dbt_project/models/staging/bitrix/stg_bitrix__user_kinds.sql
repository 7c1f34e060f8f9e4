-- The first version of an account decides, once and for all, whether it is a person: a rule that
-- could change its mind would make an hourly run and a rebuild disagree.
with first_version as (
    select distinct on (u.id)
        u.id,
        u.external_auth_id,
        u._seq
    from {{ source('raw_bitrix', 'b_user') }} as u
    where {{ seen('u') }}
    order by u.id, u._seq
)

select
    f.id as user_id,
    t.external_auth_id is not null as is_technical,
    f._seq
from first_version as f
left join {{ ref('technical_user_types') }} as t
    on lower(f.external_auth_id) = t.external_auth_id
