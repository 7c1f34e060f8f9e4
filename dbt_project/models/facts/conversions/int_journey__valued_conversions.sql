-- One row per conversion of any kind, money in kopecks of the base currency at the rate of its day.
-- `quarantine_reason` tells why a row cannot be published; such rows have no money.
-- Revenue is money received less money given back, of every kind alike. An order tells what it received; a
-- won deal is taken to have brought its amount, a receipt what was paid beside points.
{{ config(materialized='ephemeral') }}
{% set kinds = {
    'order': ref('int_journey__order_conversions'),
    'deal': ref('int_journey__deal_conversions'),
    'receipt': ref('int_journey__receipt_conversions'),
    'lead': ref('int_journey__lead_conversions'),
} %}
{% set columns = [
    'conversion_id', 'kind', 'source_id', 'at', 'status', 'is_paid', 'is_cancelled', 'amount_minor', 'delivery_minor',
    'bonus_minor', 'refund_minor', 'upper(currency) as currency', 'order_id', 'deal_id', 'brand', 'region',
    'first_id_type', 'first_id_value', 'second_id_type', 'second_id_value', 'third_id_type', 'third_id_value',
    'source_problem', 'seq', 'order_number', 'opened_at', 'region_source',
] %}

with unioned as (
    {% for kind, conversions in kinds.items() %}
    select
        {{ columns | join(',\n        ') }},
        {{ 'received_minor' if kind == 'order' else 'amount_minor - bonus_minor as received_minor' }}
    from {{ conversions }}
    {% if not loop.last %}union all{% endif %}
    {% endfor %}
),

dated as (
    select
        *,
        {{ local_date('at') }} as local_day
    from unioned
),

rates as (
    {{ periods_of(ref('exchange_rates'), 'currency', 'rate') }}
),

rated as (
    select
        dated.*,
        -- A lead carries no money, so it needs no rate.
        case when dated.kind = 'lead' then 1 else rates.rate end as rate,
        greatest(
            abs(dated.amount_minor), abs(dated.received_minor), abs(dated.refund_minor),
            abs(dated.delivery_minor), abs(dated.bonus_minor)
        ) as largest_minor
    from dated
    left join rates
        on
            dated.currency = rates.currency
            and dated.local_day >= rates.valid_from
            and dated.local_day < rates.valid_before
),

margins as (
    {{ periods_of(ref('brand_margins'), 'brand', 'margin_share') }}
),

judged as (
    select
        *,
        case
            when source_problem is not null then source_problem
            when at is null then 'no time'
            when amount_minor is null then 'no amount'
            when rate is null and currency is null then 'no currency'
            when rate is null then 'no exchange rate'
            when {{ converted_kopecks('largest_minor', 'rate') }} is null then 'amount out of range'
        end as quarantine_reason
    from rated
),

valued as (
    select
        *,
        {{ converted_kopecks('amount_minor', 'rate') }} as gross_kopecks,
        {{ converted_kopecks('coalesce(received_minor, 0)', 'rate') }} as received_kopecks,
        {{ converted_kopecks('coalesce(refund_minor, 0)', 'rate') }} as refund_kopecks,
        {{ converted_kopecks('coalesce(delivery_minor, 0)', 'rate') }} as delivery_kopecks,
        {{ converted_kopecks('coalesce(bonus_minor, 0)', 'rate') }} as bonus_kopecks
    from judged
),

earned as (
    select
        *,
        received_kopecks - refund_kopecks as revenue_kopecks
    from valued
)

select
    earned.conversion_id,
    earned.kind,
    earned.source_id,
    earned.at,
    earned.status,
    earned.is_paid,
    earned.is_cancelled,
    earned.amount_minor,
    {{ currency_code('earned.currency') }} as currency,
    earned.rate,
    earned.gross_kopecks,
    earned.received_kopecks,
    earned.refund_kopecks,
    earned.delivery_kopecks,
    earned.bonus_kopecks,
    earned.revenue_kopecks,
    round(earned.revenue_kopecks * margins.margin_share)::bigint as margin_kopecks,
    earned.order_id,
    earned.deal_id,
    earned.brand,
    earned.region,
    {% for place in ['first', 'second', 'third'] -%}
    earned.{{ place }}_id_type,
    earned.{{ place }}_id_value,
    {% endfor -%}
    earned.quarantine_reason,
    earned.seq,
    earned.order_number,
    earned.opened_at,
    earned.region_source
from earned
left join margins
    on
        earned.brand = margins.brand
        and earned.local_day >= margins.valid_from
        and earned.local_day < margins.valid_before
