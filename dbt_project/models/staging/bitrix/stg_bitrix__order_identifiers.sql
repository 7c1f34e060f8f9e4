-- `not materialized`: one order is looked up by its number, see stg_bitrix__order_arrivals.
with contacts as not materialized (
    select * from {{ ref('stg_bitrix__order_contacts') }}
),

order_users as (
    select * from {{ ref('stg_bitrix__order_users') }}
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
        c.order_id,
        c._seq,
        case c.id_type when 'EMAIL' then 'order_email' else 'order_phone' end as rule,
        'USER' as a_type,
        c.user_id::text as a_written,
        c.id_type as b_type,
        c.value as b_written,
        'b_sale_order_props_value' as source_table,
        c.id as source_id,
        c.ordered_at,
        c.corrected_seq
    from contacts as c
    where not c.is_technical or c.was_person
    union all
    select
        b.order_id,
        greatest(b._seq, u._seq) as _seq,
        'order_basket' as rule,
        'FUSER' as a_type,
        b.fuser_id::text as a_written,
        'USER' as b_type,
        u.user_id::text as b_written,
        'b_sale_basket' as source_table,
        b.order_id as source_id,
        u.ordered_at,
        null::bigint as corrected_seq
    from baskets as b
    inner join order_users as u on b.order_id = u.order_id
    where (not u.is_technical or u.was_person) and u.is_typed_for is not true
    union all
    select
        c.order_id,
        greatest(c._seq, c.technical_seq) as _seq,
        'guest_order' as rule,
        c.id_type as a_type,
        c.value as a_written,
        null as b_type,
        null as b_written,
        'b_sale_order_props_value' as source_table,
        c.id as source_id,
        c.ordered_at,
        c.corrected_seq
    from contacts as c
    where c.is_technical
    union all
    select
        e.order_id,
        greatest(e._seq, p._seq, e.technical_seq, p.technical_seq) as _seq,
        'guest_order' as rule,
        'EMAIL' as a_type,
        e.value as a_written,
        'PHONE' as b_type,
        p.value as b_written,
        'b_sale_order' as source_table,
        e.order_id as source_id,
        e.ordered_at,
        least(e.corrected_seq, p.corrected_seq) as corrected_seq
    from contacts as e
    inner join contacts as p on e.order_id = p.order_id and {{ stood_together('e', 'p') }}
    where e.is_technical and p.is_technical and e.id_type = 'EMAIL' and p.id_type = 'PHONE'
    union all
    select
        b.order_id,
        greatest(b._seq, c._seq, c.technical_seq) as _seq,
        'guest_order' as rule,
        'FUSER' as a_type,
        b.fuser_id::text as a_written,
        c.id_type as b_type,
        c.value as b_written,
        'b_sale_basket' as source_table,
        b.order_id as source_id,
        c.ordered_at,
        c.corrected_seq
    from baskets as b
    inner join contacts as c on b.order_id = c.order_id
    where c.is_technical and c.is_typed_for is not true
)

select
    p.order_id,
    p._seq,
    p.rule,
    p.a_type,
    a.id_value as a_value,
    case when b.id_value is not null then p.b_type end as b_type,
    b.id_value as b_value,
    p.source_table,
    p.source_id::text as source_key,
    p.ordered_at as observed_at,
    p.corrected_seq
from pairs as p
cross join lateral {{ identifiers_in('p.a_type', 'p.a_written') }} as a
left join lateral {{ identifiers_in('p.b_type', 'p.b_written') }} as b on true
