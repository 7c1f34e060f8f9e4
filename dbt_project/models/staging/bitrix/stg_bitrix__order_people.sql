-- What a buyer called themselves in an order, for each pair of identifiers of it: an account beside a phone
-- or an e-mail, a cookie likewise, an e-mail beside a phone. As in stg_bitrix__order_contacts every join is
-- between versions: `_seq` is the arrival of the last row that was needed.
with contacts as not materialized (
    select
        c.order_id,
        c.user_id,
        c.was_person,
        c.is_technical,
        c.technical_seq,
        c.id_type,
        c.value,
        c._seq,
        c._next_seq
    from {{ ref('stg_bitrix__order_contacts') }} as c
),

names as not materialized (
    select
        v.order_id,
        v.value,
        v._seq,
        v._next_seq,
        min(p._seq) as flag_seq
    from {{ source('raw_bitrix', 'b_sale_order_props_value') }} as v
    inner join {{ source('raw_bitrix', 'b_sale_order_props') }} as p
        on
            v.order_props_id = p.id
            and (p.is_payer = 'Y' or upper(p.code) in ('FIO', 'NAME', 'CONTACT_PERSON', 'CONTACT_NAME'))
    where {{ seen('v') }} and {{ seen('p') }} and v.value <> ''
    group by v.order_id, v.value, v._seq, v._next_seq
),

baskets as not materialized (
    select
        b.order_id,
        b.fuser_id,
        min(b._seq) as _seq
    from {{ source('raw_bitrix', 'b_sale_basket') }} as b
    where {{ seen('b') }} and b.order_id > 0 and b.fuser_id > 0
    group by b.order_id, b.fuser_id
),

pairs as (
    select
        n.order_id,
        greatest(n._seq, n.flag_seq, c._seq) as _seq,
        'USER' as a_type,
        c.user_id::text as a_written,
        c.id_type as b_type,
        c.value as b_written,
        n.value as name
    from names as n
    inner join contacts as c on n.order_id = c.order_id and {{ stood_together('n', 'c') }}
    where not c.is_technical or c.was_person
    union all
    select
        n.order_id,
        greatest(n._seq, n.flag_seq, e._seq, p._seq, e.technical_seq, p.technical_seq) as _seq,
        'EMAIL' as a_type,
        e.value as a_written,
        'PHONE' as b_type,
        p.value as b_written,
        n.value as name
    from names as n
    inner join contacts as e on n.order_id = e.order_id and {{ stood_together('n', 'e') }}
    inner join contacts as p
        on
            n.order_id = p.order_id
            and {{ stood_together('n', 'p') }}
            and {{ stood_together('e', 'p') }}
    where e.is_technical and p.is_technical and e.id_type = 'EMAIL' and p.id_type = 'PHONE'
    union all
    select
        n.order_id,
        greatest(n._seq, n.flag_seq, c._seq, b._seq, c.technical_seq) as _seq,
        'FUSER' as a_type,
        b.fuser_id::text as a_written,
        c.id_type as b_type,
        c.value as b_written,
        n.value as name
    from names as n
    inner join contacts as c on n.order_id = c.order_id and {{ stood_together('n', 'c') }}
    inner join baskets as b on n.order_id = b.order_id
    where c.is_technical
)

select
    p.order_id,
    p._seq,
    p.a_type,
    a.id_value as a_value,
    p.b_type,
    b.id_value as b_value,
    p.name as given,
    null::text as surname,
    null::text as birthday
from pairs as p
cross join lateral {{ identifiers_in('p.a_type', 'p.a_written') }} as a
cross join lateral {{ identifiers_in('p.b_type', 'p.b_written') }} as b
