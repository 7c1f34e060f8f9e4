-- One row per call with the outside: calls between extensions are no contact with a customer.
{{ config(
    materialized='keyed',
    key='call_id',
    unique_key='touch_id',
    follows={'stg_cel__events': 'call_id'},
    distributed_by='touch_id',
    indexes=[
        {'columns': ['touch_id'], 'unique': true},
        {'columns': ['call_id']},
        {'columns': ['id_value', 'at']},
    ],
) }}

select
    'cel.call:' || c.call_id as touch_id,
    'cel' as source_system,
    40::smallint as source_priority,
    'call' as touch_type,
    c.started_at as at,
    case when c.external_phone is not null then 'PHONE' end as id_type,
    c.external_phone as id_value,
    null::text as utm_source,
    null::text as utm_medium,
    null::text as utm_campaign,
    null::text as utm_content,
    null::text as utm_term,
    null::text as referrer_host,
    null::text as click_id,
    split_part(c.trunk_channel, '-', 1) as provider,
    c.did as trunk,
    c.direction,
    c.is_answered,
    c.wait_seconds,
    c.talk_seconds,
    false as is_machine,
    '{{ var("default_brand") }}' as brand,
    '{{ var("default_region") }}' as region,
    null::text as subject,
    null::text as marks,
    null::text as about,
    null::text as caveat,
    c.call_id,
    c._seq
from {{ ref('stg_cel__calls') }} as c
where not c.is_internal
