{#- One condition of a line of the seed channel_rules: <field> <operator> <value>.
    `rule` and `facts` are aliases; `prefix` is '' for the first condition, 'and_' for the second. -#}
{% macro rule_condition(rule, facts, prefix='') -%}
{%- set fields = ['touch_type', 'direction', 'is_machine', 'source', 'medium', 'campaign', 'click_id',
                  'provider', 'referrer_host', 'referrer_category', 'source_category', 'trunk_channel'] -%}
{%- set value -%}
    case {{ rule }}.{{ prefix }}field
        {% for field in fields -%}
        when '{{ field }}' then {{ facts }}.{{ field }}
        {% endfor -%}
    end
{%- endset -%}
    case {{ rule }}.{{ prefix }}operator
        when 'always' then true
        when 'is_null' then {{ value }} is null
        when 'is_not_null' then {{ value }} is not null
        when 'in' then coalesce({{ value }} = any(string_to_array({{ rule }}.{{ prefix }}value, '|')), false)
        when 'matches' then coalesce({{ value }} ~ {{ rule }}.{{ prefix }}value, false)
    end
{%- endmacro %}
