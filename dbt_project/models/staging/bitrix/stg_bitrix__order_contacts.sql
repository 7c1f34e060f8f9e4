-- Every join here is between versions, never with the standing state: `_seq` is the arrival of the last
-- row a contact needed, so it appears once and stays, whatever happens to the order later.
with properties as (
    select
        p.id,
        min(p._seq) filter (where p.is_email = 'Y') as email_seq,
        min(p._seq) filter (
            where coalesce(p.is_phone = 'Y', upper(p.code) in ('PHONE', 'TEL', 'MOBILE', 'CONTACT_PHONE'))
        ) as phone_seq
    from {{ source('raw_bitrix', 'b_sale_order_props') }} as p
    where {{ seen('p') }} and {{ says_of('recipient', 'p') }} is false
    group by p.id
),

written as (
    select
        v.id,
        v.order_id,
        v.value,
        kind.id_type,
        kind.flag_seq,
        v._seq,
        v._next_seq,
        case when v._next_seq is not null then {{ corrected_seq('v') }} end as corrected_seq
    from {{ source('raw_bitrix', 'b_sale_order_props_value') }} as v
    inner join properties as p on v.order_props_id = p.id
    cross join lateral (values ('EMAIL', p.email_seq), ('PHONE', p.phone_seq)) as kind (id_type, flag_seq)
    where
        {{ seen('v') }}
        and kind.flag_seq is not null
        and v.value <> ''
        and {{ says_of('recipient', 'v') }} is false
        and (kind.id_type <> 'PHONE' or {{ may_be_recipients('v') }} is false)
)

-- The user an order had while the value stood: an order moved to another account takes its contacts
-- along, but what is typed afterwards says nothing about the former account.
select
    w.id,
    w.order_id,
    w.value,
    w.id_type,
    u.user_id,
    u.was_person,
    u.is_technical,
    u.technical_seq,
    u.is_typed_for,
    u.ordered_at,
    w._next_seq,
    w.corrected_seq,
    min(greatest(w._seq, w.flag_seq, o._seq, u._seq)) as _seq
from written as w
inner join {{ source('raw_bitrix', 'b_sale_order') }} as o
    on w.order_id = o.id and {{ stood_together('w', 'o') }}
inner join {{ ref('stg_bitrix__order_users') }} as u on o.id = u.order_id and o.user_id = u.user_id
where {{ seen('o') }}
group by
    w.id, w._seq, w.order_id, w.value, w.id_type, u.user_id, u.was_person, u.is_technical, u.technical_seq,
    u.is_typed_for, u.ordered_at, w._next_seq, w.corrected_seq
