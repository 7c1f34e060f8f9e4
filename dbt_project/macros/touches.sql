
{#- Whether two rows of touches are one call: of one phone, and so near each other. The connector writes its record
    into the CRM within seconds of the call; two minutes also cover clocks that differ.
    Said both ways, so that either is found by an index on its time. -#}
{% macro is_same_call(one, other) -%}
{%- set near = "interval '120 seconds'" -%}
{{ one }}.touch_type = 'call' and {{ one }}.id_type = 'PHONE'
    and {{ other }}.touch_type = 'call' and {{ other }}.id_type = 'PHONE'
    and {{ one }}.id_value = {{ other }}.id_value
    and {{ one }}.at between {{ other }}.at - {{ near }} and {{ other }}.at + {{ near }}
    and {{ other }}.at between {{ one }}.at - {{ near }} and {{ one }}.at + {{ near }}
{%- endmacro %}
