-- One row per contact with a customer, with its channel, the rule that gave it and the customer.
{{ config(
    materialized='incremental',
    incremental_strategy='replace',
    logs=true,
    unique_key=['touch_id'],
    affected='int_journey__affected_touches',
    affected_by=['touch_id'],
    reports={
        'fact': "'touch'",
        'fact_id': 'touch_id',
        'customer_uuid': 'customer_uuid',
        'cell_id': 'cell_id',
        'at': 'at',
    },
    distributed_by='touch_id',
    indexes=[
        {'columns': ['touch_id'], 'unique': true},
        {'columns': ['customer_uuid', 'at']},
        {'columns': ['at']},
        {'columns': ['id_type', 'id_value']},
        {'columns': ['cell_id']},
    ],
) }}
{%- set kept = [
    'touch_id', 'at', 'touch_type', 'source', 'medium', 'campaign', 'content', 'term', 'channel', 'rule_id',
    'is_direct', 'is_paid', 'is_on_path', 'trunk', 'direction', 'is_answered', 'wait_seconds', 'talk_seconds',
    'is_machine', 'brand', 'region', 'source_system', 'source_priority', 'id_type', 'id_value', 'hour_utc', 'cell_id',
    'seq', 'about',
] %}
-- depends_on: {{ ref('int_journey__affected_touches') }}

with channels as (
    select * from {{ ref('int_journey__touch_channels') }}
),

customers as (
    select
        id_type,
        id_value,
        customer_uuid
    from {{ ref('customer_identifier') }}
),

classified as (
    select
        touches.touch_id,
        touches.at,
        touches.touch_type,
        channels.source,
        channels.medium,
        channels.campaign,
        touches.utm_content as content,
        touches.utm_term as term,
        channels.channel,
        channels.rule_id,
        channels.is_direct,
        channels.is_paid,
        channels.on_path as is_on_path,
        touches.trunk,
        touches.direction,
        touches.is_answered,
        touches.wait_seconds,
        touches.talk_seconds,
        touches.is_machine,
        touches.brand,
        touches.region,
        touches.source_system,
        touches.source_priority,
        touches.id_type,
        touches.id_value,
        {{ hour_utc('touches.at') }} as hour_utc,
        {{ cell_id(
            hour_utc('touches.at'), 'touches.brand', 'touches.region', 'channels.channel', 'channels.source',
            'channels.campaign'
        ) }} as cell_id,
        touches.seq,
        touches.about
    from {{ ref('int_journey__touches') }} as touches
    inner join channels on touches.signature = channels.signature
),

touches as (
    select * from classified
    {%- if is_incremental() %}
    union all
    -- Unchanged, but of another customer.
    select
        published.{{ kept | join(',\n        published.') }}
    from {{ ref('int_journey__affected_touches') }} as affected
    inner join {{ this }} as published on affected.touch_id = published.touch_id
    where affected.origin = 'stored'
    {%- endif %}
)

select
    touches.touch_id,
    customers.customer_uuid,
    touches.{{ kept[1:] | join(',\n    touches.') }}
from touches
left join customers on touches.id_type = customers.id_type and touches.id_value = customers.id_value
