-- Which orders an arrival may complete an observation of: whatever stg_bitrix__order_identifiers joins, by
-- the bare `_seq` of its table. An hourly run reads the orders of its hour here and no other.
select
    o.id as order_id,
    o._seq
from {{ source('raw_bitrix', 'b_sale_order') }} as o
where {{ seen('o') }}
union all
select
    v.order_id,
    v._seq
from {{ source('raw_bitrix', 'b_sale_order_props_value') }} as v
where {{ seen('v') }}
union all
select
    b.order_id,
    b._seq
from {{ source('raw_bitrix', 'b_sale_basket') }} as b
where {{ seen('b') }} and b.order_id > 0
{%- for kinds in ['stg_bitrix__user_kinds', 'stg_bitrix__technical_users'] %}
union all
select
    o.id as order_id,
    k._seq
from {{ ref(kinds) }} as k
inner join {{ source('raw_bitrix', 'b_sale_order') }} as o on k.user_id = o.user_id
where {{ seen('o') }}
{%- endfor %}
union all
-- A changed definition of a property concerns every order that has it.
select
    v.order_id,
    p._seq
from {{ source('raw_bitrix', 'b_sale_order_props') }} as p
inner join {{ source('raw_bitrix', 'b_sale_order_props_value') }} as v on p.id = v.order_props_id
where {{ seen('p') }} and {{ seen('v') }}
