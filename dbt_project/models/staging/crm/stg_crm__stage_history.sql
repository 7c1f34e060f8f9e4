-- With what was last known of entries that are gone: the portal shows those of a deal's present funnel only.
select
    h.entity_type_id,
    h.id as stage_entry_id,
    h.type_id,
    h.owner_id,
    h.category_id,
    h.stage_id,
    h.stage_semantic_id,
    {{ moment('h.created_time') }} as entered_at,
    h._seq,
    h._next_seq
from {{ source('raw_crm', 'stage_history') }} as h
where {{ last_known('h') }}
