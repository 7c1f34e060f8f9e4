-- Every touch that the last run wrote has a channel and the rule that gave it; that it is published once is
-- for the unique index.
{{ config(meta={'cadence': 'hourly', 'dagster': {'ref': {'name': 'fct_touch'}}}) }}

select
    written.touch_id,
    written.channel,
    written.rule_id
from {{ log_of(ref('fct_touch')) }} as written
where written.sign > 0 and (written.channel is null or written.rule_id is null)
