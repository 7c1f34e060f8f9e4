with accounts as (
    select
        a._seq,
        {{ normalise_card('a.card_number') }} as card,
        a.user_id,
        a.id,
        a.created_at,
        a._loaded_at
    from {{ source('raw_loyalty', 'bl_loyalty_account') }} as a
    where {{ seen('a') }}
),

receipts as (
    select
        r._seq,
        {{ normalise_card('r.card_number') }} as card,
        {{ normalise_phone('r.phone') }} as phone,
        r.id,
        r.closed_at,
        r._loaded_at
    from {{ source('raw_loyalty', 'bl_pos_receipt') }} as r
    where {{ seen('r') }}
)

select
    a._seq,
    case when a.user_id > 0 then 'card_user' else 'card' end as rule,
    'CARD' as a_type,
    a.card as a_value,
    case when a.user_id > 0 then 'USER' end as b_type,
    case when a.user_id > 0 then a.user_id::text end as b_value,
    'bl_loyalty_account' as source_table,
    a.id::text as source_key,
    coalesce({{ source_time('LOYALTY', 'a.created_at') }}, a._loaded_at) as observed_at
from accounts as a
where a.card is not null
union all
select
    r._seq,
    case when r.card is not null and r.phone is null then 'card' else 'receipt_card_phone' end as rule,
    case when r.card is not null then 'CARD' else 'PHONE' end as a_type,
    coalesce(r.card, r.phone) as a_value,
    case when r.card is not null and r.phone is not null then 'PHONE' end as b_type,
    case when r.card is not null then r.phone end as b_value,
    'bl_pos_receipt' as source_table,
    r.id::text as source_key,
    coalesce({{ source_time('LOYALTY', 'r.closed_at') }}, r._loaded_at) as observed_at
from receipts as r
where r.card is not null or r.phone is not null
