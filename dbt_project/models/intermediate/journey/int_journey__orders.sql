-- One row per order of this run that the shop or its archive holds; the shop's row counts while it stands,
-- then the latest of its archive.
-- `person_id` is the account of a person; an order under a technical account or none has no such id.
{{ config(
    news=true,
    distributed_by='order_id',
    indexes=[
        {'columns': ['order_id'], 'unique': true},
        {'columns': ['account_number']},
    ],
) }}
{%- set columns %}
    orders.order_id,
    orders.account_number,
    orders.site_id,
    orders.user_id,
    orders.status_id,
    orders.is_paid,
    orders.is_cancelled,
    orders.currency,
    orders.price_kopecks,
    orders.paid_kopecks,
    orders.delivery_kopecks,
    orders.created_at,
    orders._seq
{%- endset %}

with live as (
    select {{ columns }}
    from {{ ref('int_journey__changed_orders') }} as changed
    inner join {{ ref('stg_bitrix__orders') }} as orders on changed.order_id = orders.order_id
),

archived as (
    select distinct on (orders.order_id) {{ columns }}
    from {{ ref('int_journey__changed_orders') }} as changed
    inner join {{ ref('stg_bitrix__archived_orders') }} as orders on changed.order_id = orders.order_id
    left join live on orders.order_id = live.order_id
    where live.order_id is null
    order by orders.order_id asc, orders.archived_at desc nulls last, orders.archive_id desc
),

orders as (
    select * from live
    union all
    select * from archived
),

users as (
    select distinct user_id from orders
    where user_id is not null
),

kinds as (
    {%- if is_whole() %}
    select
        users.user_id,
        known.is_technical
    from users
    inner join {{ ref('stg_bitrix__user_kinds') }} as known on users.user_id = known.user_id
    {%- else %}
    select
        users.user_id,
        kind.is_technical
    from users
    cross join
        lateral (
            select bool_or(known.is_technical) as is_technical
            from {{ ref('stg_bitrix__user_kinds') }} as known
            where known.user_id = users.user_id
        ) as kind
    {%- endif %}
)

select
    {{ columns }},
    case when not coalesce(kinds.is_technical, false) then orders.user_id::text end as person_id
from orders
left join kinds on orders.user_id = kinds.user_id
