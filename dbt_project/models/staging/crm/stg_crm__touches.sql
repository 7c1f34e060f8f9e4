with contacts_with_customer as (
    select
        a.*,
        case
            when a.type_id = 2 or a.provider_id ~ 'CALL' then 'call'
            when a.provider_id ~ 'IMOPENLINES' then 'chat'
            when a.provider_id ~ 'WEBFORM' then 'form'
            when a.provider_id ~ 'SMS' then 'sms'
            when a.type_id = 4 or a.provider_id = 'CRM_EMAIL' then 'email'
        end as touch_type
    from {{ ref('stg_crm__activities') }} as a
),

-- Meetings and tasks are work of the staff, not contacts a customer sees.
touching as (
    select
        c.*,
        said.id_type as said_type,
        said.id_value as said_value,
        coalesce(said.entity_type, c.owner_type_id::text) as party_type,
        coalesce(said.entity_id, c.owner_id::text) as party_id
    from contacts_with_customer as c
    left join lateral (
        select
            upper(field.item ->> 'TYPE') as id_type,
            v.id_value,
            nullif(field.item ->> 'ENTITY_TYPE_ID', '0') as entity_type,
            nullif(field.item ->> 'ENTITY_ID', '0') as entity_id
        from jsonb_array_elements({{ json_array('c.communications') }}) with ordinality as field (item, n)
        left join
            lateral {{ identifiers_in("upper(field.item ->> 'TYPE')", "(field.item ->> 'VALUE')") }} as v
            on upper(field.item ->> 'TYPE') in ('PHONE', 'EMAIL')
        order by field.n, v.id_value
        limit 1
    ) as said on true
    where c.touch_type is not null
)

select
    case t.touch_type when 'call' then 'crm.call:' else 'crm.activity:' end || t.activity_id as touch_id,
    'crm' as source_system,
    t.touch_type,
    coalesce(t.starts_at, t.created_at) as at,
    -- A call is known by its number, so that it can be matched with the exchange's own record of it.
    case
        when t.touch_type = 'call' and t.said_value is not null then t.said_type
        when t.party_type = '3' then 'CONTACT'
        when t.party_type = '1' then 'LEAD'
        when t.said_value is not null then t.said_type
    end as id_type,
    case
        when t.touch_type = 'call' and t.said_value is not null then t.said_value
        when t.party_type in ('1', '3') then {{ id_in('t.party_id') }}
        else t.said_value
    end as id_value,
    l.utm_source,
    l.utm_medium,
    l.utm_campaign,
    l.utm_content,
    l.utm_term,
    null::text as referrer_host,
    null::text as click_id,
    coalesce(nullif(t.provider_type_id, ''), t.provider_id) as provider,
    null::text as trunk,
    coalesce(t.direction, case when t.touch_type in ('chat', 'form') then 'in' end) as direction,
    null::boolean as is_answered,
    null::bigint as wait_seconds,
    null::bigint as talk_seconds,
    false as is_machine,
    '{{ var("default_brand") }}' as brand,
    '{{ var("default_region") }}' as region,
    t._seq,
    'activity' as origin,
    t.activity_id as origin_id,
    null::text as origin_text,
    t.subject,
    null::text as marks,
    case when t.owner_type_id = 2 then 'deal:' || t.owner_id end as about,
    null::text as caveat
from touching as t
-- What brought a visitor to a form or a chat is written on the lead it made.
left join {{ ref('stg_crm__leads') }} as l
    on t.owner_id = l.lead_id and t.owner_type_id = 1 and t.touch_type in ('chat', 'form')
where coalesce(t.starts_at, t.created_at) is not null
union all
select
    touch_id,
    source_system,
    touch_type,
    at,
    id_type,
    id_value,
    utm_source,
    utm_medium,
    utm_campaign,
    utm_content,
    utm_term,
    referrer_host,
    click_id,
    provider,
    trunk,
    direction,
    is_answered,
    wait_seconds,
    talk_seconds,
    is_machine,
    brand,
    region,
    _seq,
    origin,
    origin_id,
    origin_text,
    null as subject,
    null as marks,
    null as about,
    null as caveat
from {{ ref('stg_crm__source_touches') }}
