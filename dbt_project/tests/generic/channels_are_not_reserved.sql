{#- Names that the data-driven models and unattributed credit need for themselves. -#}
{% test channels_are_not_reserved(model) %}
{% set query %}
select format('%s: channel %s is a reserved name, choose another', '{{ model.identifier }}', channel) as problem
from {{ model }}
where channel in ('(unattributed)', '(conversion)', '(null)', '(start)', '(other)')
{% endset %}
{{ problems(query) }}
{% endtest %}
