select
    a.id as account_id,
    nullif(a.user_id, 0) as user_id,
    {{ normalise_card('a.card_number') }} as card_number,
    {{ kopecks('a.balance') }} as balance_kopecks,
    {{ source_time('LOYALTY', 'a.created_at') }} as created_at,
    a._seq,
    a._next_seq
from {{ source('raw_loyalty', 'bl_loyalty_account') }} as a
where {{ standing('a') }}
