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
