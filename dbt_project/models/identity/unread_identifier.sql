-- Texts that should be a phone or an e-mail and are none, so that they link nobody: nothing is dropped
-- silently. A view that reads everything when asked: filter by `source_table`, or expect a full read.
{{ config(materialized='view', schema='ops') }}

select
    source_table,
    source_key,
    field,
    id_type,
    value,
    reason,
    min(_loaded_at) as first_seen,
    max(_loaded_at) as last_seen
from {{ ref('int_identity__unread') }}
where read_as is null
group by source_table, source_key, field, id_type, value, reason
