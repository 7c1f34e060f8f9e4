select
    c.id as order_change_id,
    c.order_id,
    c.type as change_type,
    c.entity,
    c.entity_id,
    nullif(c.user_id, 0) as user_id,
    -- `data` is a serialised PHP array, cut at 512 characters by the shop.
    substring(c.data from 's:9:"STATUS_ID";s:\d+:"([^"]*)"') as status_id,
    substring(c.data from 's:13:"OLD_STATUS_ID";s:\d+:"([^"]*)"') as old_status_id,
    c.data,
    {{ source_time('BITRIX', 'c.date_create') }} as created_at,
    c._seq,
    c._next_seq
from {{ source('raw_bitrix', 'b_sale_order_change') }} as c
where {{ standing('c') }}
