-- One row per sale at a till, as a visit to it.
{{ config(
    materialized='keyed',
    key='receipt_id',
    unique_key='touch_id',
    follows={'stg_loyalty__receipts': 'receipt_id'},
    distributed_by='touch_id',
    indexes=[
        {'columns': ['touch_id'], 'unique': true},
        {'columns': ['receipt_id']},
        {'columns': ['id_value', 'id_type']},
    ],
) }}

select
    'loyalty.receipt:' || r.receipt_id as touch_id,
    'loyalty' as source_system,
    60::smallint as source_priority,
    'pos_visit' as touch_type,
    r.closed_at as at,
    case when r.card_number is not null then 'CARD' when r.phone is not null then 'PHONE' end as id_type,
    coalesce(r.card_number, r.phone) as id_value,
    null::text as utm_source,
    null::text as utm_medium,
    null::text as utm_campaign,
    null::text as utm_content,
    null::text as utm_term,
    null::text as referrer_host,
    null::text as click_id,
    r.store_id as provider,
    null::text as trunk,
    'in' as direction,
    null::boolean as is_answered,
    null::bigint as wait_seconds,
    null::bigint as talk_seconds,
    false as is_machine,
    '{{ var("default_brand") }}' as brand,
    '{{ var("default_region") }}' as region,
    null::text as subject,
    null::text as marks,
    r.order_number as about,
    null::text as caveat,
    r.receipt_id,
    r._seq
from {{ ref('stg_loyalty__receipts') }} as r
where r.closed_at is not null and r.kind = 'sale'
