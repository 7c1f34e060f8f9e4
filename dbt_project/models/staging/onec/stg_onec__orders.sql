select
    o.number || ' ' || o.year as onec_order_id,
    o.number as onec_number,
    nullif(trim(o.document_id), '') as document_id,
    nullif(trim(o.site_number), '') as site_number,
    {{ bare_number('o.site_number') }} as bare_number,
    {{ source_time('ONEC', 'o.ordered_at') }} as ordered_at,
    nullif(trim(o.status), '') as status,
    {{ kopecks('o.sum') }} as sum_kopecks,
    o.currency,
    o.is_paid,
    {{ source_time('ONEC', 'o.paid_at') }} as paid_at,
    o.is_cancelled,
    o.is_posted,
    coalesce(o.is_deleted, false) as is_deleted,
    coalesce(o.is_deleted, false) is false and coalesce(o.is_cancelled, false) is false as is_standing,
    o.customer_code,
    {{ normalise_phone('o.phone') }} as phone,
    {{ normalise_email('o.email') }} as email,
    {{ source_time('ONEC', 'o.changed_at') }} as changed_at,
    o._seq,
    o._next_seq
from {{ source('raw_onec', 'customer_order') }} as o
where {{ standing('o') }}
