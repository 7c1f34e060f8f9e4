with events as (
    select
        'subscribe.open:' || r.sender_read_id as touch_id,
        'email_open' as touch_type,
        r.recipient_id,
        r.posting_id,
        null::text as url,
        r.at,
        r._seq,
        'open' as origin,
        r.sender_read_id as origin_id
    from {{ ref('stg_subscribe__sender_reads') }} as r
    union all
    select
        'subscribe.click:' || c.sender_click_id as touch_id,
        'email_click' as touch_type,
        c.recipient_id,
        c.posting_id,
        c.url,
        c.at,
        c._seq,
        'click' as origin,
        c.sender_click_id as origin_id
    from {{ ref('stg_subscribe__sender_clicks') }} as c
)

select
    e.touch_id,
    'subscribe' as source_system,
    e.touch_type,
    e.at,
    case when a.email is not null then 'EMAIL' end as id_type,
    a.email as id_value,
    {{ url_parameter('e.url', 'utm_source') }} as utm_source,
    {{ url_parameter('e.url', 'utm_medium') }} as utm_medium,
    -- The module strips its own marks from the stored address; the mailing is what is left to tell.
    coalesce({{ url_parameter('e.url', 'utm_campaign') }}, p.mailing_id::text) as utm_campaign,
    {{ url_parameter('e.url', 'utm_content') }} as utm_content,
    {{ url_parameter('e.url', 'utm_term') }} as utm_term,
    null::text as referrer_host,
    {{ click_id('e.url') }} as click_id,
    'sender' as provider,
    null::text as trunk,
    'in' as direction,
    null::boolean as is_answered,
    null::bigint as wait_seconds,
    null::bigint as talk_seconds,
    false as is_machine,
    '{{ var("default_brand") }}' as brand,
    '{{ var("default_region") }}' as region,
    e._seq,
    e.origin,
    e.origin_id,
    null::text as origin_text,
    null::text as subject,
    null::text as marks,
    null::text as about,
    null::text as caveat
from events as e
left join {{ ref('stg_subscribe__sender_recipients') }} as r on e.recipient_id = r.recipient_id
left join {{ ref('stg_subscribe__sender_contacts') }} as a on r.sender_contact_id = a.sender_contact_id
left join {{ ref('stg_subscribe__sender_postings') }} as p on e.posting_id = p.posting_id
where e.at is not null
