-- One row: the arrival number up to which the marts have read the sources, and when it was set.
{{ config(materialized='view') }}

select
    up_to_seq,
    set_at
from {{ source('ops', 'bound') }}
