-- Every join here is between versions, never with the standing state: `_seq` is the arrival of the last
-- row a contact needed, so it appears once and stays, whatever happens to the order later.
{%- set hours = var('order_correction_hours') | int %}
{%- set values = source('raw_bitrix', 'b_sale_order_props_value') %}
{%- set orders = source('raw_bitrix', 'b_sale_order') %}
{#- A phone or an address without what spellings differ in: another one of the same corrects nothing. #}
{%- set plain = "case when V.value like '%@%' then lower(trim(V.value))"
    ~ " else right(regexp_replace(V.value, '\\D', '', 'g'), 10) end" %}

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
        v.order_props_id,
        v.value,
        kind.id_type,
        kind.flag_seq,
        v._seq,
        v._next_seq,
        v._loaded_at
    from {{ values }} as v
    inner join properties as p on v.order_props_id = p.id
    cross join lateral (values ('EMAIL', p.email_seq), ('PHONE', p.phone_seq)) as kind (id_type, flag_seq)
    where
        {{ seen('v') }}
        and kind.flag_seq is not null
        and v.value <> ''
        and {{ says_of('recipient', 'v') }} is false
        -- The phone may be the recipient's where the order is marked as a gift and names no phone of the
        -- recipient apart. What landed by then decides, once: rows of an order come in one batch, and a later
        -- one must not take back what was observed.
        and (kind.id_type <> 'PHONE' or (
            {%- for means in ['gift', 'recipient'] %}
            {{ 'and not ' if not loop.first }}exists (
                select 1
                from {{ values }} as told
                where
                    told.order_id = v.order_id
                    and told._batch_id <= v._batch_id
                    and {{ seen('told') }}
                    and {{ says_yes(means, 'told') }}
            )
            {%- endfor %}
        ) is false)
),

-- A value that stood less than var order_correction_hours before another one replaced it is a typing error,
-- shown by the arrival `corrected_seq`. Both clocks must say so: that of arrival, and the shop's (the order's
-- own, which is read first) as known when each arrived; a first value is as old as its order.
corrected as (
    select
        v.*,
        case when {{ hours }} > 0 and v._next_seq <= {{ up_to_seq() }} then (
            select min(greatest(v._next_seq, later._seq))
            from {{ values }} as later
            cross join
                lateral (
                    select
                        max(coalesce(o.date_update, o.date_insert)) filter (where o._seq <= later._seq)
                            as later_at,
                        max(coalesce(o.date_update, o.date_insert)) filter (where o._seq <= v._seq)
                            as written_at,
                        min(o.date_insert) filter (where o._seq <= v._seq) as ordered_at
                    from {{ orders }} as o
                    where o.id = v.order_id and not o._deleted
                ) as shop
            where
                later.order_id = v.order_id
                and later.order_props_id = v.order_props_id
                and later._seq > v._seq
                and {{ seen('later') }}
                and later.value <> ''
                and {{ plain | replace('V.', 'later.') }} <> {{ plain | replace('V.', 'v.') }}
                and later._loaded_at < v._loaded_at + interval '{{ hours }} hours'
                and coalesce(
                    shop.later_at < interval '{{ hours }} hours' + case
                        when
                            exists (
                                select 1 from {{ values }} as former
                                where former.id = v.id and former._seq < v._seq
                            )
                            then shop.written_at
                        else shop.ordered_at
                    end,
                    true
                )
        ) end as corrected_seq
    from written as v
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
from corrected as w
inner join {{ orders }} as o
    on w.order_id = o.id and {{ stood_together('w', 'o') }}
inner join {{ ref('stg_bitrix__order_users') }} as u on o.id = u.order_id and o.user_id = u.user_id
where {{ seen('o') }}
group by
    w.id, w._seq, w.order_id, w.value, w.id_type, u.user_id, u.was_person, u.is_technical, u.technical_seq,
    u.is_typed_for, u.ordered_at, w._next_seq, w.corrected_seq
