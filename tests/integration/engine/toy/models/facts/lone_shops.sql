-- One row per shop with calls: what a table gives that has more ways than one to its keys.
{{ config(
    key='shop',
    unique_key='shop',
    follows={
        'stg_calls': 'shop',
        'shop_days': 'shop',
        'lone_calls': {'through': 'stg_calls', 'on': {'call_id': 'call_id'}},
        'stg_people': [
            {'by': {'shop': "case when entry.city = 'home' then 'north' end"}},
            {'by': {'shop': "case when entry.city = 'home' then 'south' end"}},
        ],
    },
    indexes=[{'columns': ['shop'], 'unique': true}],
) }}

with lone as (
    select
        calls.shop,
        count(*) as calls,
        count(*) filter (where lone_calls.is_lone) as lone
    from {{ ref('stg_calls') }} as calls
    inner join {{ ref('lone_calls') }} as lone_calls on calls.call_id = lone_calls.call_id
    group by calls.shop
),

sold as (
    select
        days.shop,
        sum(days.amount)::bigint as amount
    from {{ ref('shop_days') }} as days
    group by days.shop
),

home as (
    select
        shops.shop,
        count(*) as people
    from (values ('north'), ('south')) as shops (shop)
    inner join {{ ref('stg_people') }} as people on people.city = 'home'
    group by shops.shop
)

select
    lone.shop,
    lone.calls,
    lone.lone,
    coalesce(sold.amount, 0) as amount,
    coalesce(home.people, 0) as people
from lone
left join sold on lone.shop = sold.shop
left join home on lone.shop = home.shop
