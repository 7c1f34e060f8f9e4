-- One row per published conversion and place: the identifiers its customer may be known by, best first.
{{ config(materialized='view') }}

select
    conversions.conversion_id,
    identifiers.place,
    identifiers.id_type,
    identifiers.id_value
from {{ ref('int_journey__conversions') }} as conversions
cross join
    lateral (
        values
        (1, conversions.first_id_type, conversions.first_id_value),
        (2, conversions.second_id_type, conversions.second_id_value),
        (3, conversions.third_id_type, conversions.third_id_value)
    ) as identifiers (place, id_type, id_value)
where conversions.quarantine_reason is null and identifiers.id_value is not null
