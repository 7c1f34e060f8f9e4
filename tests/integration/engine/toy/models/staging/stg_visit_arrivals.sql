-- One row per version of a visit, also of those that were replaced.
{{ config(arrives_by='_seq') }}

select
    v.person_id,
    v.shop,
    v.at,
    v._seq
from {{ source('raw_toy', 'visit') }} as v
where v.person_id is not null and {{ seen('v') }}
