{#- Key of a row of advertising cost as one text. -#}
{% macro cost_id(row) -%}
{{ row }}.provider || ':' || {{ row }}.account || ':' || {{ row }}.campaign_id || ':' || {{ row }}.network
    || ':' || {{ row }}.day::text
{%- endmacro %}

{#- SELECT of advertising cost: all of it in a whole build, else that of the keys in `changed`. -#}
{% macro costs_now(changed, columns) -%}
select {% for column in columns %}costs.{{ column }}{{ ', ' if not loop.last }}{% endfor %}
{%- if is_whole() %}
from {{ ref('stg_ads__campaign_costs') }} as costs
{%- else %}
from {{ changed }} as changed
-- `offset 0` keeps it a subquery of its own, into which PostgreSQL takes the key: 100 rows among 200,000
-- are looked up in a millisecond, and read one and all in half a second.
cross join lateral (
    select * from {{ ref('stg_ads__campaign_costs') }} as found
    where changed.campaign_id = found.campaign_id
        and changed.day = found.day
        and changed.provider = found.provider
        and changed.account = found.account
        and changed.network = found.network
    offset 0
) as costs
{%- endif %}
{%- endmacro %}
