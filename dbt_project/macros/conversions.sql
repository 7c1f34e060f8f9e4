{#- Parts of the conversion models: which order a name means, money, purchases. -#}

{#- The id that a name spells, else null: '17' is an id, '017', '1e3' and 'A-17' are not. -#}
{% macro spelled_id(name) -%}
({{ id_in(name) }})::bigint
{%- endmacro %}

{#- Orders, archived ones too, that bear the `name`s of a step: by id or by number. -#}
{% macro orders_named(names) -%}
{%- for orders in [ref('stg_bitrix__orders'), ref('stg_bitrix__archived_orders')] %}
select
    {{ names }}.name,
    orders.order_id,
    true as is_id
from {{ names }}
inner join {{ orders }} as orders on {{ spelled_id(names ~ '.name') }} = orders.order_id
union all
select
    {{ names }}.name,
    orders.order_id,
    false as is_id
from {{ names }}
inner join {{ orders }} as orders on {{ names }}.name = orders.account_number
{{ 'union all' if not loop.last }}
{%- endfor %}
{%- endmacro %}

{#- How an order names the rows of `named` whose `column` bears its id or its number, for `follows`. -#}
{% macro orders_by_name(named, column) -%}
{%- set written = 'via.' ~ column -%}
{{ return([
    {'through': named, 'on': 'entry.account_number = ' ~ written ~ " and " ~ written ~ " <> ''"},
    {
        'through': named,
        'on': 'entry.order_id = ' ~ spelled_id(written) ~ ' and entry.order_id::text = ' ~ written,
    },
]) }}
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
from {{ seed }}
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
