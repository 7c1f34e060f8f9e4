select
    t.id as transaction_id,
    t.account_id,
    {{ kopecks('t.amount') }} as amount_kopecks,
    t.type as transaction_type,
    t.source as entry_source,
    -- The order of the site when the source is web, the till receipt when it is pos.
    case when t.source <> 'pos' then nullif(t.order_id, 0) end as order_id,
    case when t.source = 'pos' then nullif(t.order_id, 0) end as receipt_id,
    {{ source_time('LOYALTY', 't.created_at') }} as created_at,
    t._seq,
    t._next_seq
from {{ source('raw_loyalty', 'bl_loyalty_transaction') }} as t
where {{ standing('t') }}
