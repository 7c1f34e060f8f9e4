{#- Parts of the conversion models: money, purchases. -#}

{#- Currencies that are one: upper case, the code before 1998 as the one of today. -#}
{% macro currency_code(expression) -%}
case when upper({{ expression }}) = 'RUR' then 'RUB' else upper({{ expression }}) end
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

{#- A lead that was none: spam, a wrong number, somebody who asks for work. -#}
{% macro is_junk_lead(lead, status='status_id') -%}
    coalesce({{ lead }}.{{ status }} in ('{{ var("junk_lead_statuses") | join("', '") }}'), false)
{%- endmacro %}

{#- The same of a conversion. -#}
{% macro is_junk_conversion(conversion) -%}
    ({{ conversion }}.kind = 'lead' and {{ is_junk_lead(conversion, 'status') | trim }})
{%- endmacro %}

{#- Orders that other systems name (rows of `names`), by id or by number: '17' may be an id, '017', '1e3' and 'A-17' are
    none. Which of the two counts first is the reader's. -#}
{% macro orders_named(names) -%}
select
    {{ names }}.name,
    orders.order_id,
    true as is_id
from {{ names }}
inner join {{ ref('stg_bitrix__order_numbers') }} as orders
    on ({{ id_in(names ~ '.name') }})::bigint = orders.order_id
union all
select
    {{ names }}.name,
    orders.order_id,
    false as is_id
from {{ names }}
inner join {{ ref('stg_bitrix__order_numbers') }} as orders on {{ names }}.name = orders.account_number
{%- endmacro %}
