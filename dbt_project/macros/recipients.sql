{#- Whether a property of an order, or a value with its copy of code and name, speaks of the recipient ('recipient')
    or marks a gift ('gift'), by the seed recipient_properties. True or false, never null. -#}
{% macro says_of(means, alias) -%}
(
    exists (
        select 1
        from {{ ref('recipient_properties') }} as rule
        where
            rule.means = '{{ means }}'
            and case rule.field
                when 'code' then upper({{ alias }}.code)
                when 'name' then lower(trim({{ alias }}.name))
            end ~ rule.pattern
    )
)
{%- endmacro %}

{#- Whether a value of such a property is set: a ticked box for a gift, a phone for a recipient. -#}
{% macro says_yes(means, alias) -%}
(
    {%- if means == 'gift' %}
    lower(trim({{ alias }}.value)) in ('y', 'yes', 'да', '1', 'true', 'on')
    {%- else %}
    length(regexp_replace({{ alias }}.value, '\D', '', 'g')) >= 10
    {%- endif %}
    and {{ says_of(means, alias) }}
)
{%- endmacro %}

{#- Whether the phone `alias` of an order may be the recipient's: the order is marked as a gift and names no phone
    of the recipient apart. What landed by then decides, once: rows of an order come in one batch, and a later one
    must not take back what was observed. -#}
{% macro may_be_recipients(alias) -%}
(
    {%- for means in ['gift', 'recipient'] %}
    {{ 'and not ' if not loop.first }}exists (
        select 1
        from {{ source('raw_bitrix', 'b_sale_order_props_value') }} as told
        where
            told.order_id = {{ alias }}.order_id
            and told._batch_id <= {{ alias }}._batch_id
            and {{ seen('told') }}
            and {{ says_yes(means, 'told') }}
    )
    {%- endfor %}
)
{%- endmacro %}
