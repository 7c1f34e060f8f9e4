-- A conversion is either published or quarantined, and each one found is in exactly one of the two.
{{ config(meta={'cadence': 'hourly', 'dagster': {'ref': {'name': 'fct_conversion'}}}) }}

with places as (
    select
        found.conversion_id,
        published.conversion_id is not null as is_published,
        quarantined.conversion_id is not null as is_quarantined
    from {{ ref('int_journey__conversions') }} as found
    left join {{ ref('fct_conversion') }} as published on found.conversion_id = published.conversion_id
    left join {{ ref('conversion_quarantine') }} as quarantined
        on found.conversion_id = quarantined.conversion_id
)

select * from places
where is_published = is_quarantined
