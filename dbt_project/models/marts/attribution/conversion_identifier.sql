-- One row per published conversion and place: the identifiers its customer may be known by, best first.
{{ config(materialized='view') }}

select
    conversion_id,
    place,
    id_type,
    id_value
from {{ ref('int_journey__conversion_identifiers') }}
