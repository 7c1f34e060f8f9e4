{#- A code of a place: three to five digits, and none of mobile phones or free calls. -#}
{% test codes_stand_somewhere(model, column_name) %}
select {{ column_name }} from {{ model }}
where {{ column_name }} !~ '^[3-8]\d{2,4}$' or {{ column_name }} ~ '^80[0-9]'
{% endtest %}
