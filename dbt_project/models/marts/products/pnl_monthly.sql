-- One row per local month, brand, channel and attribution model: what sales brought and what they cost, each
-- order shared over its channels as the model credits it. Choose one model; the sum over channels is the
-- whole shop, to the kopeck.
{{ config(materialized='view') }}
{%- set dimensions = ['local_month', 'brand', 'channel', 'model_id'] %}
{#- What is shared, and of which conversions: prices and what is off them of what was sold. #}
{%- set amounts = {
    'gross_kopecks': 'is_purchase', 'discount_kopecks': 'is_purchase', 'bonus_kopecks': 'is_purchase',
    'delivery_kopecks': 'is_purchase', 'sales_vat_kopecks': 'true', 'cost_kopecks': 'true',
} %}
{%- set credited = [
    'revenue_kopecks', 'revenue_with_vat_kopecks', 'revenue_with_margin_kopecks', 'margin_kopecks',
] %}

with credits as (
    {{ credits_of(ref('int_attribution__steps'), ref('int_attribution__models')) }}
),

placed as (
    select
        {{ local_date('credits.converted_at', 'month') }} as local_month,
        credits.brand,
        credits.channel,
        credits.model_id,
        credits.conversion_id,
        credits.position,
        credits.touch_id,
        credits.share_ppm,
        credits.is_purchase,
        credits.credit_kopecks,
        credits.margin_kopecks
    from credits
    where credits.kind <> 'lead'
),

-- Up to and with each credit of a conversion: differences of rounded sums to date add up exactly.
paths as (
    select
        placed.*,
        {% for name in amounts -%}
        conversions.{{ name }} as of_conversion_{{ name }},
        {% endfor -%}
        sum(placed.share_ppm) over to_here as ppm_to_here
    from placed
    inner join {{ ref('fct_conversion') }} as conversions on placed.conversion_id = conversions.conversion_id
    window to_here as (
        partition by placed.local_month, placed.brand, placed.model_id, placed.conversion_id
        order by placed.position, placed.touch_id
    )
),

parts as (
    select
        {{ dimensions | join(',\n        ') }},
        credit_kopecks as revenue_kopecks,
        case when of_conversion_sales_vat_kopecks is not null then credit_kopecks else 0 end
            as revenue_with_vat_kopecks,
        case when margin_kopecks is not null then credit_kopecks else 0 end as revenue_with_margin_kopecks,
        margin_kopecks,
        {% for name, condition in amounts.items() -%}
        case
            when {{ condition }}
                then
                    round(of_conversion_{{ name }} * ppm_to_here / 1000000)
                    - round(of_conversion_{{ name }} * (ppm_to_here - share_ppm) / 1000000)
        end as {{ name }},
        {% endfor -%}
        null::bigint as spend_kopecks
    from paths
    union all
    select
        date_trunc('month', costs.local_date::timestamp)::date as local_month,
        costs.brand,
        costs.channel,
        models.model_id,
        {% for name in credited + (amounts | list) -%}
        null as {{ name }},
        {% endfor -%}
        costs.net_kopecks as spend_kopecks
    from {{ ref('channel_performance_costs') }} as costs
    cross join {{ ref('int_attribution__models') }} as models
),

sums as (
    select
        {% for name in credited + (amounts | list) -%}
        sum({{ name }})::bigint as {{ name }},
        {% endfor -%}
        sum(spend_kopecks)::bigint as spend_kopecks,
        {{ dimensions | join(',\n        ') }}
    from parts
    group by {{ dimensions | join(', ') }}
)

select
    {{ dimensions | join(',\n    ') }},
    coalesce(revenue_kopecks, 0) as revenue_kopecks,
    {{ amounts | list | join(',\n    ') }},
    margin_kopecks as known_margin_kopecks,
    spend_kopecks,
    case
        when margin_kopecks is not null or coalesce(revenue_kopecks, 0) = 0
            then coalesce(margin_kopecks, 0) - coalesce(spend_kopecks, 0)
    end as contribution_kopecks,
    round(revenue_with_vat_kopecks / nullif(revenue_kopecks, 0)::numeric, 6) as vat_known_share,
    round(revenue_with_margin_kopecks / nullif(revenue_kopecks, 0)::numeric, 6) as margin_known_share
from sums
