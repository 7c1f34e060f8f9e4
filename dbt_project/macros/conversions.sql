{#- Parts of the conversion models: what arrived, and which order a name means. -#}

{#- What rows that came, changed or went after the watermark say now, and what they said before. Both are
    index ranges: `_seq` is the primary key, `_next_seq` is indexed where this is used. -#}
{% macro arrived(versions, columns, watermark) -%}
select {{ columns }}
from {{ ref(versions) }} as entry
where entry._seq > {{ watermark }}
union all
select {{ columns }}
from {{ ref(versions) }} as entry
where entry._next_seq > {{ watermark }}
{%- endmacro %}

{#- Ids and numbers of the orders that came, changed or went: what deals and receipts may name them by. -#}
{% macro arrived_order_names(watermark) -%}
{%- set arrivals -%}
{{ arrived('stg_bitrix__order_versions', 'entry.order_id, entry.account_number', watermark) }}
union all
{{ arrived('stg_bitrix__archived_order_versions', 'entry.order_id, entry.account_number', watermark) }}
{%- endset -%}
select order_id::text as name from ({{ arrivals }}) as numbered
where order_id is not null
union
select account_number as name from ({{ arrivals }}) as named
where account_number is not null
{%- endmacro %}

{#- The id that a name spells, else null: '17' is an id, '017', '1e3' and 'A-17' are not. -#}
{% macro spelled_id(name) -%}
({{ id_in(name) }})::bigint
{%- endmacro %}

{#- Orders, archived ones too, that bear the `name`s of a step: by id or by number. -#}
{% macro orders_named(names) -%}
{%- for orders in ['stg_bitrix__orders', 'stg_bitrix__archived_orders'] %}
select
    {{ names }}.name,
    orders.order_id,
    true as is_id
from {{ names }}
inner join {{ ref(orders) }} as orders on {{ spelled_id(names ~ '.name') }} = orders.order_id
union all
select
    {{ names }}.name,
    orders.order_id,
    false as is_id
from {{ names }}
inner join {{ ref(orders) }} as orders on {{ names }}.name = orders.account_number
{{ 'union all' if not loop.last }}
{%- endfor %}
{%- endmacro %}

{#- Every name by which `orders_named` finds an order of this run: an archived copy may bear another number
    than the order that still stands, and deals and receipts of both are its own. -#}
{% macro names_of_changed_orders() -%}
{%- for orders in ['stg_bitrix__orders', 'stg_bitrix__archived_orders'] %}
select orders.order_id::text as name
from {{ ref('int_journey__changed_orders') }} as changed
inner join {{ ref(orders) }} as orders on changed.order_id = orders.order_id
union
select orders.account_number as name
from {{ ref('int_journey__changed_orders') }} as changed
inner join {{ ref(orders) }} as orders on changed.order_id = orders.order_id
where orders.account_number is not null
{{ 'union' if not loop.last }}
{%- endfor %}
{%- endmacro %}

{#- Currencies that are one: upper case, the code before 1998 as the one of today. -#}
{% macro currency_code(expression) -%}
case when upper({{ expression }}) = 'RUR' then 'RUB' else upper({{ expression }}) end
{%- endmacro %}

{#- What a till took or gave back beside bonuses; returns are written with either sign. -#}
{% macro paid_at_till(receipt) -%}
abs({{ receipt }}.total_kopecks) - abs(coalesce({{ receipt }}.bonus_spent_kopecks, 0))
{%- endmacro %}

{#- Periods of a seed with `valid_from`: for each key its value holds from there until before `valid_before`. -#}
{% macro periods_of(seed, key, value) -%}
select
    {{ key }},
    {{ value }},
    valid_from,
    lead(valid_from, 1, 'infinity'::date) over (partition by {{ key }} order by valid_from) as valid_before
from {{ ref(seed) }}
{%- endmacro %}

{#- Bought, with money held or points, and not cancelled: what ends a path or a journey, and what a model that resets starts after. -#}
{% macro is_purchase(conversion) -%}
    {{ conversion }}.is_paid and not {{ conversion }}.is_cancelled and {{ conversion }}.kind <> 'lead'
{%- endmacro %}

{#- The channel of a conversion that no touch led to: what was bought in the store is the store's, the rest has
    left no trace. -#}
{% macro untouched_channel(kind) -%}
    case when {{ kind }} = 'receipt' then 'Store' else '(unattributed)' end
{%- endmacro %}

{#- A lead that sales took further: its status is the one that the CRM gives to converted leads. -#}
{% macro is_qualified_lead(conversion) -%}
    {{ conversion }}.kind = 'lead' and {{ conversion }}.status = 'CONVERTED'
{%- endmacro %}
