-- Pairs of nodes that an arrival joined or parted: one row each time, for who follows int_identity__edges.
{{ config(materialized='view') }}

select
    a_id,
    b_id,
    a_type,
    b_type,
    first_seq as _seq
from {{ ref('int_identity__edges') }}
union all
select
    a_id,
    b_id,
    a_type,
    b_type,
    _seq
from {{ ref('int_identity__withdrawn') }}
