-- One row per customer order of 1C, with the order of the site that it is: by the id that the site keeps of
-- the document, else by the number of the site, else by that number without the prefix and zeros of 1C.
{{ config(materialized='view') }}

with site as (
    select
        orders.order_id,
        orders.account_number,
        {{ bare_number('orders.account_number') }} as bare_number,
        nullif(trim(live.id_1c), '') as document_id
    from {{ ref('int_journey__orders') }} as orders
    left join {{ ref('stg_bitrix__orders') }} as live on orders.order_id = live.order_id
),

-- What two orders of the site share names neither of them.
{%- for mark in ['document_id', 'account_number', 'bare_number'] %}
by_{{ mark }} as (
    select
        {{ mark }},
        min(order_id) as order_id
    from site
    where {{ mark }} is not null
    group by {{ mark }}
    having count(*) = 1
),
{%- endfor %}

matched as (
    select
        told.*,
        coalesce(by_document_id.order_id, by_account_number.order_id, by_bare_number.order_id) as order_id,
        case
            when by_document_id.order_id is not null then 'ID_1C'
            when by_account_number.order_id is not null then 'number'
            when by_bare_number.order_id is not null then 'number without prefix and zeros'
        end as matched_by
    from {{ ref('int_quality__onec_documents') }} as told
    left join by_document_id on told.document_id = by_document_id.document_id
    left join by_account_number on told.site_number = by_account_number.account_number
    left join by_bare_number on told.bare_number = by_bare_number.bare_number
)

select
    onec_order_id,
    onec_number,
    site_number,
    order_id,
    matched_by,
    status,
    sum_kopecks,
    currency,
    is_paid,
    is_posted,
    is_deleted,
    is_standing,
    is_cancelled,
    ordered_at,
    changed_at,
    count(*) filter (where is_standing) over same as standing_orders,
    string_agg(onec_number, ', ') filter (where is_standing) over (
        same order by onec_number, onec_order_id
        rows between unbounded preceding and unbounded following
    ) as standing_numbers,
    -- The one that stands is compared, else the last of those that do not.
    row_number() over (
        same order by is_standing desc, ordered_at desc nulls last, onec_order_id asc
    ) = 1 as is_compared
from matched
-- One that is none of the site's stands for itself.
window same as (partition by order_id, case when order_id is null then onec_order_id end)
