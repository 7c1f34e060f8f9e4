select
    a.id as activity_id,
    a.owner_id,
    a.owner_type_id,
    a.type_id,
    a.provider_id,
    a.provider_type_id,
    a.associated_entity_id,
    a.subject,
    case a.direction when 1 then 'in' when 2 then 'out' end as direction,
    coalesce(a.completed, 'N') = 'Y' as is_completed,
    a.responsible_id,
    a.origin_id,
    a.originator_id,
    a.communications,
    {{ moment('a.created') }} as created_at,
    {{ moment('a.last_updated') }} as modified_at,
    {{ moment('a.start_time') }} as starts_at,
    {{ moment('a.end_time') }} as ends_at,
    a._seq,
    a._next_seq
from {{ source('raw_crm', 'activity') }} as a
where {{ standing('a') }}
