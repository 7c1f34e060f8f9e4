-- A conversion is either published or quarantined, and each one that changed is in exactly one of the two.
{{ config(meta={'cadence': 'hourly', 'dagster': {'ref': {'name': 'fct_conversion'}}}) }}

with changed as (
    select distinct
        kind,
        source_id
    from {{ log_of(ref('int_journey__conversions')) }}
),

places as (
    select
        found.conversion_id,
        published.conversion_id is not null as is_published,
        quarantined.conversion_id is not null as is_quarantined
    from changed
    inner join {{ ref('int_journey__conversions') }} as found
        on changed.kind = found.kind and changed.source_id = found.source_id
    left join {{ ref('fct_conversion') }} as published on found.conversion_id = published.conversion_id
    left join {{ ref('conversion_quarantine') }} as quarantined
        on found.conversion_id = quarantined.conversion_id
)

select * from places
where is_published = is_quarantined
