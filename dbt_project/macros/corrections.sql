{#- A value of an order that stood less than var order_correction_hours before another one replaced it is a typing
    error. Both clocks must say so: that of arrival, and the shop's (the order's own, which is read first). -#}

{#- When a version of a value was written, by the shop's clock as known when it arrived. -#}
{% macro written_at(alias, orders) -%}
(
    select max(coalesce(orders.date_update, orders.date_insert))
    from {{ orders }} as orders
    where orders.id = {{ alias }}.order_id and orders._seq <= {{ alias }}._seq and not orders._deleted
)
{%- endmacro %}

{#- The same of a value's first version: it is as old as its order. -#}
{% macro first_written_at(alias, values, orders) -%}
(
    case
        when exists (
            select 1
            from {{ values }} as former
            where former.id = {{ alias }}.id and former._seq < {{ alias }}._seq
        )
            then {{ written_at(alias, orders) }}
        else (
            select min(orders.date_insert)
            from {{ orders }} as orders
            where orders.id = {{ alias }}.order_id and orders._seq <= {{ alias }}._seq and not orders._deleted
        )
    end
)
{%- endmacro %}

{#- The arrival that showed the version `alias` of a value to be a typing error, or null. Another spelling of the
    same phone or address corrects nothing. -#}
{% macro corrected_seq(alias) -%}
{%- set hours = var('order_correction_hours') | int -%}
{%- set values = source('raw_bitrix', 'b_sale_order_props_value') -%}
{%- set orders = source('raw_bitrix', 'b_sale_order') -%}
{%- if not hours -%}
null::bigint
{%- else -%}
(
    select min(greatest({{ alias }}._next_seq, later._seq))
    from {{ values }} as later
    where
        later.order_id = {{ alias }}.order_id
        and later.order_props_id = {{ alias }}.order_props_id
        and later._seq > {{ alias }}._seq
        and {{ seen('later') }}
        and {{ alias }}._next_seq <= {{ up_to_seq() }}
        and later.value <> ''
        and {{ plain('later.value') }} <> {{ plain(alias ~ '.value') }}
        and later._loaded_at < {{ alias }}._loaded_at + interval '{{ hours }} hours'
        and coalesce(
            {{ written_at('later', orders) }}
            < {{ first_written_at(alias, values, orders) }} + interval '{{ hours }} hours',
            true
        )
)
{%- endif -%}
{%- endmacro %}

{#- A phone or an address without what spellings differ in. -#}
{% macro plain(value) -%}
(
    case
        when {{ value }} like '%@%' then lower(trim({{ value }}))
        else right(regexp_replace({{ value }}, '\D', '', 'g'), 10)
    end
)
{%- endmacro %}
