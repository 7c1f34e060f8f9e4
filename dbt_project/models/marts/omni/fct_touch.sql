-- One row per contact with a customer, with its channel, the rule that gave it and the customer.
{{ config(
    distributed_by='touch_id',
    indexes=[
        {'columns': ['touch_id'], 'unique': true},
        {'columns': ['customer_uuid', 'at']},
        {'columns': ['at']},
    ],
) }}

with touches as (
    select * from {{ ref('int_journey__touches') }}
),

channels as (
    select * from {{ ref('int_journey__touch_channels') }}
),

customers as (
    select
        id_type,
        id_value,
        customer_uuid
    from {{ ref('customer_identifier') }}
)

select
    touches.touch_id,
    customers.customer_uuid,
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
    touches.seq
from touches
inner join channels on touches.signature = channels.signature
left join customers on touches.id_type = customers.id_type and touches.id_value = customers.id_value
