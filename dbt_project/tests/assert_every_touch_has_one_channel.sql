-- Every touch found is published once, with a channel and the rule that gave it.
{{ config(meta={'cadence': 'hourly', 'dagster': {'ref': {'name': 'fct_touch'}}}) }}

with published as (
    select
        touch_id,
        count(*) as rows_found,
        count(channel) as channels,
        count(rule_id) as rules
    from {{ ref('fct_touch') }}
    group by touch_id
)

select
    found.touch_id,
    published.rows_found
from {{ ref('int_journey__touches') }} as found
left join published on found.touch_id = published.touch_id
where (published.rows_found = 1 and published.channels = 1 and published.rules = 1) is not true
