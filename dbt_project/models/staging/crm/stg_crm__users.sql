select
    u.id as user_id,
    nullif(trim(concat_ws(' ', nullif(trim(u.name), ''), nullif(trim(u.last_name), ''))), '') as name,
    nullif(trim(u.work_position), '') as work_position,
    {{ json_array('u.uf_department') }} as departments,
    nullif(trim(u.uf_phone_inner), '') as extension,
    upper(coalesce(u.active, 'N')) in ('Y', 'TRUE', '1') as is_active,
    u._seq,
    u._next_seq
from {{ source('raw_crm', 'user') }} as u
where {{ standing('u') }}
