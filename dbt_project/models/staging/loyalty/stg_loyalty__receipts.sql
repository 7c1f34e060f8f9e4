select
    r.id as receipt_id,
    r.receipt_uid,
    r.store_id,
    r.till_id,
    r.shift_no,
    r.receipt_no,
    lower(r.kind) as kind,
    r.original_receipt_uid,
    r.currency,
    {{ kopecks('r.total') }} as total_kopecks,
    {{ kopecks('r.bonus_spent') }} as bonus_spent_kopecks,
    {{ kopecks('r.bonus_earned') }} as bonus_earned_kopecks,
    {{ normalise_card('r.card_number') }} as card_number,
    {{ normalise_phone('r.phone') }} as phone,
    nullif(r.order_number, '') as order_number,
    {{ source_time('LOYALTY', 'r.closed_at') }} as closed_at,
    r._seq,
    r._next_seq
from {{ source('raw_loyalty', 'bl_pos_receipt') }} as r
where {{ standing('r') }}
