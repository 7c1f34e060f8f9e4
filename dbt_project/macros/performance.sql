{#- What advertising cost and what it brought, by day and by month: the sums of three tables, and the ratios
    that both views of it share. -#}

{#- Ratio of two sums: null when nothing stands below the line. -#}
{% macro ratio(above, below, digits) -%}
round({{ above }} / nullif({{ below }}, 0)::numeric, {{ digits }})
{%- endmacro %}

{#- Ratios over columns of sums; money in kopecks to the hundredth, shares to the millionth. -#}
{% macro performance_ratios() -%}
{{ ratio('1000 * spend_net_kopecks', 'impressions', 2) }} as cpm_kopecks,
    {{ ratio('spend_net_kopecks', 'clicks', 2) }} as cpc_kopecks,
    {{ ratio('clicks', 'impressions', 6) }} as ctr,
    {{ ratio('leads', 'sessions', 6) }} as session_to_lead,
    {{ ratio('spend_net_kopecks', 'leads', 2) }} as cpl_kopecks,
    {{ ratio('spend_net_kopecks', 'qualified_leads', 2) }} as qualified_cpl_kopecks,
    {{ ratio('spend_net_kopecks', 'purchases', 2) }} as cpo_kopecks,
    {{ ratio('spend_net_kopecks', 'new_customers', 2) }} as cac_kopecks,
    {{ ratio('revenue_kopecks', 'purchases', 2) }} as average_order_kopecks,
    {{ ratio('revenue_kopecks', 'spend_net_kopecks', 6) }} as roas,
    {#- No revenue has no margin, whatever the margin of the brand. #}
    {{ ratio(
        '(case when revenue_kopecks = 0 then 0 else margin_kopecks end - spend_net_kopecks)', 'spend_net_kopecks', 6
    ) }} as romi,
    {{ ratio('(revenue_kopecks - spend_net_kopecks)', 'spend_net_kopecks', 6) }} as romi_revenue,
    {{ ratio('spend_net_kopecks', 'revenue_kopecks', 6) }} as ad_cost_share
{%- endmacro %}

{#- Columns of a period's sums: name and type. -#}
{% macro performance_sums() -%}
{{ return({
    'impressions': 'bigint', 'clicks': 'bigint', 'spend_net_kopecks': 'bigint', 'spend_vat_kopecks': 'bigint',
    'sessions': 'bigint', 'leads': 'numeric(20, 6)', 'qualified_leads': 'numeric(20, 6)',
    'orders': 'numeric(20, 6)', 'purchases': 'numeric(20, 6)', 'new_customers': 'numeric(20, 6)',
    'revenue_kopecks': 'bigint', 'known_margin_kopecks': 'bigint', 'revenue_with_margin_kopecks': 'bigint',
}) }}
{%- endmacro %}

{#- CTE `sums`: credit, visits and cost by `period` (an expression over local_date), brand, region, channel,
    source, campaign, model and basis. Visits and cost have neither model nor basis and stand under each, so
    that a filter on one of them leaves the three side by side. Without a row of cost its measures are null: nobody
    told what the channel costs. -#}
{% macro performance_of(period, name) -%}
{%- set dimensions = ['brand', 'region', 'channel', 'source', 'campaign'] -%}
{%- set sums = performance_sums() -%}
{%- set branches = {
    'credited': {
        'leads': 'leads', 'qualified_leads': 'qualified_leads', 'orders': 'orders', 'purchases': 'purchases',
        'new_customers': 'new_customers', 'revenue_kopecks': 'revenue_kopecks',
        'known_margin_kopecks': 'margin_kopecks',
        'revenue_with_margin_kopecks': 'revenue_with_margin_kopecks',
    },
    'visited': {'sessions': 'sessions'},
    'spent': {
        'impressions': 'impressions', 'clicks': 'clicks', 'spend_net_kopecks': 'net_kopecks',
        'spend_vat_kopecks': 'vat_kopecks',
    },
} -%}
views as (
    select
        models.model_id,
        bases.basis
    from {{ ref('int_attribution__models') }} as models
    cross join (values ('order_date'), ('touch_date')) as bases (basis)
),

credited as (
    select
        {{ period }} as {{ name }},
        {{ dimensions | join(',\n        ') }},
        model_id,
        basis,
        {%- for column in branches['credited'].values() %}
        sum({{ column }}) as {{ column }}{{ ',' if not loop.last }}
        {%- endfor %}
    from {{ ref('fct_attribution_daily') }}
    group by {{ period }}, {{ dimensions | join(', ') }}, model_id, basis
),

visits as (
    select
        {{ local_date('hour_utc') }} as local_date,
        {{ dimensions | join(',\n        ') }},
        sessions
    from {{ ref('bl_omni_stats') }}
    where sessions > 0
),

visited as (
    select
        {{ period }} as {{ name }},
        {{ dimensions | join(',\n        ') }},
        sum(sessions) as sessions
    from visits
    group by {{ period }}, {{ dimensions | join(', ') }}
),

carried as (
    {{ carried_numbers() }}
),

spent as (
    select
        {{ period }} as {{ name }},
        {{ dimensions | join(',\n        ') }},
        {%- for column in branches['spent'].values() %}
        {#- What a seller does not count is unknown, and so is a sum with it. #}
        case when count(*) = count({{ column }}) then sum({{ column }}) end as {{ column }}{{ ',' if not loop.last }}
        {%- endfor %}
    from ({{ cost_shared_with_calls() }}) as shared
    group by {{ period }}, {{ dimensions | join(', ') }}
),

parts as (
    {%- for branch, columns in branches.items() %}
    select
        {{ name }},
        {{ dimensions | join(',\n        ') }},
        {{ 'views.' if branch != 'credited' }}model_id,
        {{ 'views.' if branch != 'credited' }}basis,
        {%- for column in sums %}
        {{ columns.get(column, 'null::numeric' if column in branches['spent'] else '0') }} as {{ column }}{{ ',' if not loop.last }}
        {%- endfor %}
    from {{ branch }}
    {%- if branch != 'credited' %}
    cross join views
    {%- endif %}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

sums as (
    select
        {{ name }},
        {{ dimensions | join(',\n        ') }},
        model_id,
        basis,
        {%- for column, kind in sums.items() %}
        sum({{ column }})::{{ kind }} as {{ column }}{{ ',' if not loop.last }}
        {%- endfor %}
    from parts
    group by {{ name }}, {{ dimensions | join(', ') }}, model_id, basis
)
{%- endmacro %}

{#- What stands in a row of either view before its ratios. -#}
{% macro performance_measures() -%}
{{ return([
    'impressions', 'clicks', 'spend_net_kopecks', 'spend_vat_kopecks', 'sessions', 'leads', 'qualified_leads',
    'orders', 'purchases', 'new_customers', 'revenue_kopecks', 'revenue_with_margin_kopecks',
    'margin_kopecks',
]) }}
{%- endmacro %}

{#- The same from a row of sums: the margin is known when that of all revenue is, and there is some: a row
    without revenue does not tell whether its brand has a margin. -#}
{% macro performance_columns() -%}
{% for measure in performance_measures() if measure != 'margin_kopecks' -%}
sums.{{ measure }},
{% endfor -%}
case
    when sums.revenue_kopecks <> 0 and sums.revenue_with_margin_kopecks = sums.revenue_kopecks
        then sums.known_margin_kopecks
end as margin_kopecks
{%- endmacro %}
