-- Phones and e-mails read by a guess (a letter for a digit, a look-alike, a comma for a dot), and as what.
-- A view that reads everything when asked, like ops.unread_identifier.
{{ config(materialized='view', schema='ops') }}

select
    source_table,
    source_key,
    field,
    id_type,
    value,
    read_as,
    reason,
    min(_loaded_at) as first_seen,
    max(_loaded_at) as last_seen
from {{ ref('int_identity__unread') }}
where read_as is not null
group by source_table, source_key, field, id_type, value, read_as, reason
