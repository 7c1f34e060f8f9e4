-- Every touch that the last run handled is published, with a channel and the rule that gave it; that it is
-- published once is for the unique index.
{{ config(meta={'cadence': 'hourly', 'dagster': {'ref': {'name': 'fct_touch'}}}) }}

select
    found.touch_id,
    published.channel,
    published.rule_id
from {{ ref('int_journey__touches') }} as found
left join {{ ref('fct_touch') }} as published on found.touch_id = published.touch_id
where published.channel is null or published.rule_id is null
