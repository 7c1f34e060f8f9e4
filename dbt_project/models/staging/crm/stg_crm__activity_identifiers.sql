-- The address actually used is the best evidence a CRM has. Its own owner counts before the owner
-- of the activity; a company's address (owner type 4) says nothing about a person.
with said as (
    select
        a._seq,
        a.id,
        upper(field.item ->> 'TYPE') as type,
        field.item ->> 'VALUE' as written,
        coalesce(nullif(field.item ->> 'ENTITY_TYPE_ID', '0'), a.owner_type_id::text) as owner_type,
        case
            when coalesce(field.item ->> 'ENTITY_TYPE_ID', '0') = '0' then nullif(a.owner_id, 0)::text
            else {{ id_in("field.item ->> 'ENTITY_ID'") }}
        end as owner_id,
        coalesce({{ moment('a.start_time') }}, {{ moment('a.created') }}, a._loaded_at) as observed_at
    from {{ source('raw_crm', 'activity') }} as a
    cross join lateral jsonb_array_elements({{ json_array('a.communications') }}) as field (item)
    where {{ seen('a') }}
)

select
    s._seq,
    case s.type when 'PHONE' then 'activity_phone' else 'activity_email' end as rule,
    case s.owner_type when '3' then 'CONTACT' when '1' then 'LEAD' end as a_type,
    s.owner_id as a_value,
    case when v.id_value is not null then s.type end as b_type,
    v.id_value as b_value,
    'activity' as source_table,
    s.id::text as source_key,
    s.observed_at
from said as s
left join lateral {{ identifiers_in('s.type', 's.written') }} as v on true
where s.type in ('PHONE', 'EMAIL') and s.owner_type in ('1', '3') and s.owner_id is not null
