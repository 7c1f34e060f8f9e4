-- One row per version of a call, also of those that were replaced.
{{ config(arrives_by='_seq') }}

select
    c.shop,
    c.at,
    c._seq
from {{ source('raw_toy', 'call') }} as c
where {{ seen('c') }}
