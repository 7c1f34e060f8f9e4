{#- Whether two row versions stood at the same time. Which `_seq` values were ever together does not
depend on the bound, so observations made this way never change after they first appear. -#}
{% macro stood_together(left, right) -%}
{{ left }}._seq < coalesce({{ right }}._next_seq, 9223372036854775807)
    and {{ right }}._seq < coalesce({{ left }}._next_seq, 9223372036854775807)
{%- endmacro %}
