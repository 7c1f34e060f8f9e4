select
    a.user_id,
    {{ normalise_phone('a.phone_number') }} as phone,
    a.confirmed = 'Y' as is_confirmed,
    {{ source_time('BITRIX', 'a.date_sent') }} as sent_at,
    a._seq,
    a._next_seq
from {{ source('raw_bitrix', 'b_user_phone_auth') }} as a
where {{ standing('a') }}
