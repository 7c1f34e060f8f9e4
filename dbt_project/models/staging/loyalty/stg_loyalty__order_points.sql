-- Ledger entries of orders of the site: the order id as written, so that they are found by index.
select
    t.id as transaction_id,
    t.order_id,
    t.type as transaction_type,
    {{ kopecks('t.amount') }} as amount_kopecks,
    t._seq,
    t._next_seq
from {{ source('raw_loyalty', 'bl_loyalty_transaction') }} as t
where {{ standing('t') }} and t.source <> 'pos' and t.order_id > 0
