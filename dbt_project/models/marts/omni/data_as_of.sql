-- One row: up to which arrival and moment all marts describe the sources, and when they were complete.
{{ config(materialized='view') }}

select
    up_to_seq,
    as_of,
    published_at
from {{ source('ops', 'publication') }}
where step = '(all)'
