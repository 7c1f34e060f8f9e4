-- One row per local date, brand, region, channel, source, campaign, attribution model and basis with the
-- conversions and money credited there: the sum of single credits.
{%- set keys = ['local_date', 'brand', 'region', 'channel', 'source', 'campaign', 'model_id', 'basis'] %}
{{ config(
    materialized='sums',
    follows='int_attribution__steps',
    reads_as_rule=['attribution_models'],
    unique_key=['local_date', 'brand', 'region', 'channel', 'source', 'campaign', 'model_id', 'basis'],
    fillfactor=85,
    indexes=[{
        'columns': ['local_date', 'model_id', 'basis', 'brand', 'region', 'channel', 'source', 'campaign'],
        'unique': true,
    }],
) }}
{%- set counted = {
    'conversions': 'true',
    'leads': "kind = 'lead' and not is_junk",
    'leads_junk': 'is_junk',
    'leads_qualified': 'is_qualified',
    'orders_placed': "kind = 'order'",
    'orders_paid': "is_purchase and kind = 'order'",
    'deals_won': "kind = 'deal'",
    'receipts': "kind = 'receipt'",
    'receipts_paid': "is_purchase and kind = 'receipt'",
    'purchases': 'is_purchase',
    'new_buyers': 'is_first',
} %}
{#- Names of the last release. #}
{%- set former = {
    'qualified_leads': 'leads_qualified', 'orders': 'orders_paid', 'deals': 'deals_won', 'new_customers': 'new_buyers',
} %}

with credits as (
    {{ credits_of(ref('int_attribution__steps'), ref('attribution_models')) }}
),

-- By day first: a sum over days and names is a tenth of the credits, and both bases start from it.
summed as (
    select
        {{ local_date('converted_at') }} as order_date,
        {{ local_date('coalesce(touched_at, converted_at)') }} as touch_date,
        brand,
        region,
        channel,
        coalesce(source, '(none)') as source,
        coalesce(campaign, '(none)') as campaign,
        model_id,
        {% for name, condition in counted.items() -%}
        coalesce(sum(share_ppm) filter (where {{ condition }}), 0) as {{ name }},
        {% endfor -%}
        sum(credit_kopecks) as revenue_kopecks,
        coalesce(sum(margin_kopecks), 0) as margin_kopecks,
        coalesce(sum(credit_kopecks) filter (where margin_kopecks is not null), 0)
            as revenue_with_margin_kopecks,
        count(*) as entries
    from credits
    group by 1, 2, 3, 4, 5, 6, 7, 8
),

based as (
    select
        summed.*,
        bases.local_date,
        bases.basis
    from summed
    cross join lateral (
        values
        (summed.order_date, 'order_date'),
        (summed.touch_date, 'touch_date')
    ) as bases (local_date, basis)
)

select
    {% for name in keys -%}
    {{ name }},
    {% endfor -%}
    {% for name in counted -%}
    (sum({{ name }}) * 0.000001)::numeric(20, 6) as {{ name }},
    {% endfor -%}
    sum(revenue_kopecks)::bigint as revenue_kopecks,
    sum(margin_kopecks)::bigint as margin_kopecks,
    sum(revenue_with_margin_kopecks)::bigint as revenue_with_margin_kopecks,
    {% for name, now in former.items() -%}
    (sum({{ now }}) * 0.000001)::numeric(20, 6) as {{ name }},
    {% endfor -%}
    sum(entries)::bigint as entries
from based
group by {{ keys | join(', ') }}
