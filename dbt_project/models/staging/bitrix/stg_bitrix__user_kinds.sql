-- The first version of an account decides, once and for all, whether its own evidence counts as a person's:
-- a rule that could change its mind would make an hourly run and a rebuild disagree. An account that turns
-- technical later keeps that evidence, and is put aside with it (stg_bitrix__technical_identifiers).
-- `not exists`, not `distinct on`: a few accounts are then looked up by number, not all of them sorted.
select
    u.id as user_id,
    {{ is_technical('u') }} is false as was_person,
    (
        select t._seq
        from {{ ref('stg_bitrix__technical_users') }} as t
        where t.user_id = u.id
    ) is not null as is_technical,
    (
        select t._seq
        from {{ ref('stg_bitrix__technical_users') }} as t
        where t.user_id = u.id
    ) as technical_seq,
    u._seq
from {{ source('raw_bitrix', 'b_user') }} as u
where
    {{ seen('u') }}
    and not exists (
        select 1
        from {{ source('raw_bitrix', 'b_user') }} as earlier
        where earlier.id = u.id and earlier._seq < u._seq and not earlier._deleted
    )
