{#- A margin is a share of the revenue, not a percentage or an amount. -#}
{% test margins_are_shares(model) %}
{% set query %}
select format(
    '{{ model.identifier }}, %s from %s: margin_share is %s, must be from -1 to 1 (0.35 for 35 %%)',
    to_jsonb(entry) - 'valid_from' - 'margin_share', valid_from, margin_share
) as problem
from {{ model }} as entry
where margin_share not between -1 and 1
{% endset %}
{{ problems(query) }}
{% endtest %}
