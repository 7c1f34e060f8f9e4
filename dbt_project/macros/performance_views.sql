{#- The queries of channel_performance_daily and channel_performance_monthly, made of the sums and ratios in
    performance.sql. -#}

{#- Per row of the monthly view: the margin of all that its new customers bought within 365 days from their
    first purchase, by the shares that the row has in these first purchases, as new_customers are counted.
    Null while any of that margin is unknown. -#}
{% macro lifetimes_of_new_customers() -%}
select
    {{ local_month('placed.at') }} as local_month,
    credits.brand,
    credits.region,
    credits.channel,
    coalesce(credits.source, '(none)') as source,
    coalesce(credits.campaign, '(none)') as campaign,
    credits.model_id,
    placed.basis,
    case
        when count(*) = count(lifetime.margin_kopecks)
            then round(sum(credits.share_ppm * lifetime.margin_kopecks) / 1000000)::bigint
    end as lifetime_margin_kopecks,
    bool_and(firsts.at + interval '365 days' <= bound.set_at) as is_complete
from {{ ref('fct_conversion') }} as firsts
cross join {{ source('ops', 'bound') }} as bound
cross join lateral (
    select
        case when count(*) = count(purchases.margin_kopecks) then sum(purchases.margin_kopecks) end
            as margin_kopecks
    from {{ ref('fct_conversion') }} as purchases
    where
        firsts.customer_uuid = purchases.customer_uuid
        and firsts.at <= purchases.at
        and firsts.at + interval '365 days' > purchases.at
        and {{ is_purchase('purchases') }}
) as lifetime
inner join (
    {{ credits_of(
        ref('int_attribution__steps'),
        ref('int_attribution__models')
    ) }}
) as credits on firsts.conversion_id = credits.conversion_id and credits.is_first
cross join lateral (
    values
    (credits.converted_at, 'order_date'),
    (coalesce(credits.touched_at, credits.converted_at), 'touch_date')
) as placed (at, basis)
where firsts.is_first
group by
    {{ local_month('placed.at') }},
    credits.brand,
    credits.region,
    credits.channel,
    coalesce(credits.source, '(none)'),
    coalesce(credits.campaign, '(none)'),
    credits.model_id,
    placed.basis
{%- endmacro %}

{#- What a row of either view stands for, after its period. -#}
{% macro performance_dimensions() -%}
{{ return(['brand', 'region', 'channel', 'source', 'campaign', 'model_id', 'basis']) }}
{%- endmacro %}

{#- By day. -#}
{% macro performance_by_day() -%}
with {{ performance_of('local_date', 'local_date') }},

measured as (
    select
        sums.local_date,
        sums.{{ performance_dimensions() | join(',\n        sums.') }},
        {{ performance_columns() }}
    from sums
)

select
    local_date,
    {{ performance_dimensions() | join(',\n    ') }},
    {{ performance_measures() | join(',\n    ') }},
    {{ performance_ratios() }}
from measured
{%- endmacro %}

{#- By month, with what the customers won in it have been worth since. -#}
{% macro performance_by_month() -%}
with {{ performance_of("date_trunc('month', local_date::timestamp)::date", 'local_month') }},

won as (
    {{ lifetimes_of_new_customers() }}
),

measured as (
    select
        sums.local_month,
        sums.{{ performance_dimensions() | join(',\n        sums.') }},
        {{ performance_columns() }},
        won.lifetime_margin_kopecks,
        won.is_complete as ltv_is_complete
    from sums
    left join won
        on
            sums.local_month = won.local_month
            {%- for name in performance_dimensions() %}
            and sums.{{ name }} = won.{{ name }}
            {%- endfor %}
)

select
    local_month,
    {{ performance_dimensions() | join(',\n    ') }},
    {{ performance_measures() | join(',\n    ') }},
    {{ performance_ratios() }},
    lifetime_margin_kopecks,
    {{ ratio('lifetime_margin_kopecks', 'new_customers', 2) }} as ltv_kopecks,
    {{ ratio('lifetime_margin_kopecks', 'spend_net_kopecks', 6) }} as ltv_to_cac,
    ltv_is_complete
from measured
{%- endmacro %}
