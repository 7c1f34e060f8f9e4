-- Accounts that are no person, each since its first version that says so. Once technical, always: what
-- could change its mind would make an hourly run and a rebuild disagree.
select
    u.id as user_id,
    u._seq,
    null::bigint as _next_seq
from {{ source('raw_bitrix', 'b_user') }} as u
where
    {{ seen('u') }}
    and {{ is_technical('u') }}
    and not exists (
        select 1
        from {{ source('raw_bitrix', 'b_user') }} as earlier
        where
            earlier.id = u.id
            and earlier._seq < u._seq
            and not earlier._deleted
            and {{ is_technical('earlier') }}
    )
