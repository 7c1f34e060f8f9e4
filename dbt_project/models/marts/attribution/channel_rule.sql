-- One row per rule that gives a touch its channel: the seed channel_rules, for readers of marts alone.
{{ config(materialized='view') }}

select
    priority,
    rule_id,
    field,
    operator,
    value,
    and_field,
    and_operator,
    and_value,
    channel,
    is_paid,
    is_direct,
    on_path
from {{ ref('channel_rules') }}
