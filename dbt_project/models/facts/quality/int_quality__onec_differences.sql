-- One row per order of the site that 1C has and mismatch of the two as documents; their lines are in
-- int_quality__onec_items. A change has var onec_grace_hours to get from one to the other.
{{ config(materialized='view') }}

with statuses as (
    select
        lower(trim(onec_status)) as status,
        array_agg(status_id) filter (where status_id <> '') as status_ids,
        string_agg(status_id, ' or ' order by status_id) as meant
    from {{ ref('onec_statuses') }}
    group by lower(trim(onec_status))
),

pairs as (
    select
        orders.*,
        told.onec_order_id,
        told.onec_number,
        told.status as onec_status,
        told.sum_kopecks,
        told.currency as onec_currency,
        told.is_paid as is_paid_in_1c,
        told.is_posted,
        told.is_deleted,
        told.is_cancelled as is_cancelled_in_1c,
        told.standing_orders,
        told.standing_numbers,
        greatest(orders.modified_at, told.changed_at) as since,
        {{ local_date('orders.created_at') }} as site_date,
        {{ local_date('told.ordered_at') }} as onec_date,
        contacts.customer_uuid as onec_customer_uuid,
        contacts.customer_uuids,
        statuses.status_ids,
        statuses.meant
    from {{ ref('int_quality__site_orders') }} as orders
    inner join {{ ref('int_quality__onec_orders') }} as told
        on orders.order_id = told.order_id and told.is_compared
    inner join {{ source('ops', 'bound') }} as bound
        on orders.modified_at <= bound.set_at - interval '{{ var('onec_grace_hours') | int }} hours'
    left join {{ ref('int_quality__onec_contacts') }} as contacts
        on told.onec_order_id = contacts.onec_order_id
    left join statuses on lower(told.status) = statuses.status
)

select
    pairs.order_id,
    pairs.order_number,
    pairs.onec_number,
    pairs.customer_uuid,
    pairs.since,
    differences.mismatch,
    differences.order_value,
    differences.onec_value
from pairs
cross join
    lateral (
        values
        ('several 1C orders', '1', pairs.standing_numbers, pairs.standing_orders > 1),
        (
            'cancelled',
            case when pairs.is_cancelled then 'cancelled' else 'open' end,
            case
                when pairs.is_deleted then 'marked for deletion'
                when pairs.is_cancelled_in_1c then 'cancelled'
                else 'open'
            end,
            pairs.is_cancelled <> pairs.is_cancelled_in_1c
        ),
        ('currency', pairs.currency, pairs.onec_currency, pairs.currency <> pairs.onec_currency),
        (
            'sum',
            (pairs.price_kopecks / 100.0)::numeric(20, 2)::text,
            (pairs.sum_kopecks / 100.0)::numeric(20, 2)::text,
            pairs.currency = coalesce(pairs.onec_currency, pairs.currency)
            and pairs.price_kopecks is distinct from pairs.sum_kopecks
        ),
        (
            'paid',
            case when pairs.is_paid then 'paid' else 'not paid' end,
            case when pairs.is_paid_in_1c then 'paid' else 'not paid' end,
            pairs.is_paid <> pairs.is_paid_in_1c
        ),
        ('not posted', 'paid', 'not posted', pairs.is_paid and not pairs.is_posted),
        (
            'status',
            pairs.status_id,
            pairs.onec_status || ' (' || pairs.meant || ')',
            pairs.status_id <> all(pairs.status_ids)
        ),
        (
            'date', pairs.site_date::text, pairs.onec_date::text,
            abs(pairs.site_date - pairs.onec_date) > {{ var('onec_date_days') | int }}
        ),
        (
            'contact', pairs.customer_uuid::text, coalesce(pairs.onec_customer_uuid::text, 'nobody known'),
            pairs.customer_uuid <> all(pairs.customer_uuids)
        )
    ) as differences (mismatch, order_value, onec_value, is_different)
where
    differences.is_different
    -- Several documents share sum and payment among them; what is cancelled on a side agrees in nothing else.
    and (differences.mismatch = 'several 1C orders' or pairs.standing_orders < 2)
    and (
        differences.mismatch in ('several 1C orders', 'cancelled')
        or not (pairs.is_cancelled or coalesce(pairs.is_cancelled_in_1c, false))
    )
