-- Under every model the channels of pnl_monthly add up to the sales of the month and brand, to the kopeck:
-- revenue, VAT, cost, discounts, points, delivery; and advertising to its cost.
{{ config(meta={'audit': 'metrics'}) }}
{%- set sums = {
    'revenue_kopecks': 'true', 'sales_vat_kopecks': 'true', 'cost_kopecks': 'true',
    'discount_kopecks': 'is_purchase', 'bonus_kopecks': 'is_purchase', 'delivery_kopecks': 'is_purchase',
} %}

with sold as (
    select
        conversions.*,
        {{ local_date('conversions.at', 'month') }} as local_month,
        {{ is_purchase('conversions') }} as is_purchase
    from {{ ref('fct_conversion') }} as conversions
    where conversions.kind <> 'lead'
),

facts as (
    select
        {% for name, condition in sums.items() -%}
        coalesce(sum({{ name }}) filter (where {{ condition }}), 0) as {{ name }},
        {% endfor -%}
        local_month,
        brand
    from sold
    group by local_month, brand
),

-- Months of advertising alone have no sales.
shown as (
    select
        {% for name in sums -%}
        coalesce(sum({{ name }}), 0) as {{ name }},
        {% endfor -%}
        local_month,
        brand,
        model_id
    from {{ ref('pnl_monthly') }}
    group by local_month, brand, model_id
),

paired as (
    select
        {% for name in sums -%}
        coalesce(facts.{{ name }}, 0) - coalesce(shown.{{ name }}, 0) as {{ name }},
        {% endfor -%}
        coalesce(facts.local_month, shown.local_month) as local_month,
        coalesce(facts.brand, shown.brand) as brand,
        models.model_id
    from facts
    cross join {{ ref('int_attribution__models') }} as models
    full join shown
        on
            facts.local_month = shown.local_month
            and facts.brand = shown.brand
            and models.model_id = shown.model_id
)

select *
from paired
where {{ sums | join(' <> 0 or ') }} <> 0
