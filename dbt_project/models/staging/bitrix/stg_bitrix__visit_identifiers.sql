-- `not materialized`: a filter on `_seq` then reaches the tables instead of reading all of history.
with fusers as not materialized (
    select
        f.id::text as fuser_id,
        f.user_id,
        f._seq,
        coalesce({{ source_time('BITRIX', 'f.date_insert') }}, f._loaded_at) as born_at,
        coalesce({{ source_time('BITRIX', 'f.date_update') }}, f._loaded_at) as written_at
    from {{ source('raw_bitrix', 'b_sale_fuser') }} as f
    where {{ seen('f') }}
),

sessions as not materialized (
    select
        s.id::text as session_id,
        s.fuser_id::text as fuser_id,
        s.user_id,
        s._seq,
        coalesce({{ source_time('BITRIX', 's.started_at') }}, s._loaded_at) as started_at
    from {{ source('raw_bitrix', 'bl_web_session') }} as s
    where {{ seen('s') }} and s.fuser_id > 0
)

select
    f._seq,
    'login' as rule,
    'FUSER' as a_type,
    f.fuser_id as a_value,
    null::text as b_type,
    null::text as b_value,
    'b_sale_fuser' as source_table,
    f.fuser_id as source_key,
    f.born_at as observed_at
from fusers as f
union all
-- The shared account behind anonymous orders has a basket too; its cookie must not lead anywhere.
-- Either the cookie or the account arrived last: each half filters by the bare `_seq` of its table.
select
    f._seq,
    'login' as rule,
    'FUSER' as a_type,
    f.fuser_id as a_value,
    'USER' as b_type,
    f.user_id::text as b_value,
    'b_sale_fuser' as source_table,
    f.fuser_id as source_key,
    f.written_at as observed_at
from fusers as f
inner join {{ ref('stg_bitrix__user_kinds') }} as k on f.user_id = k.user_id
where k.was_person and k._seq < f._seq
union all
select
    k._seq,
    'login' as rule,
    'FUSER' as a_type,
    f.fuser_id as a_value,
    'USER' as b_type,
    f.user_id::text as b_value,
    'b_sale_fuser' as source_table,
    f.fuser_id as source_key,
    f.written_at as observed_at
from fusers as f
inner join {{ ref('stg_bitrix__user_kinds') }} as k on f.user_id = k.user_id
where k.was_person and k._seq > f._seq
union all
select
    s._seq,
    'web_session' as rule,
    'FUSER' as a_type,
    s.fuser_id as a_value,
    null::text as b_type,
    null::text as b_value,
    'bl_web_session' as source_table,
    s.session_id as source_key,
    s.started_at as observed_at
from sessions as s
union all
-- No look at the account here, the table is the largest one: a technical account is put aside as a whole.
select
    s._seq,
    'login' as rule,
    'FUSER' as a_type,
    s.fuser_id as a_value,
    'USER' as b_type,
    s.user_id::text as b_value,
    'bl_web_session' as source_table,
    s.session_id as source_key,
    s.started_at as observed_at
from sessions as s
where s.user_id > 0
