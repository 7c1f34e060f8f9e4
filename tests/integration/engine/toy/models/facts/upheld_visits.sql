-- One row per seen visit that no call denied.
{{ config(materialized='view', arrives_by='_seq') }}

select
    seen.person_id,
    seen.shop,
    seen.at,
    seen._seq
from {{ ref('seen_visits') }} as seen
left join {{ ref('denied_visits') }} as denied on seen._seq = denied.visit_seq
where denied.visit_seq is null
