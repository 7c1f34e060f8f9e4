-- One row per contact with a customer, with its channel, the rule that gave it and the customer.
{%- set follows, owners = {}, [] %}
{%- for source in sources_with('touches') %}
{%- set staged = 'stg_' ~ source ~ '__touches' %}
{%- do follows.update({staged: [{'by': {'source_system': "'" ~ source ~ "'", 'touch_id': 'touch_id'}}]}) %}
{%- do owners.append({'through': staged, 'on': {'id_type': 'id_type', 'id_value': 'id_value'}}) %}
{%- endfor %}
{%- set noted = {'through': 'stg_crm__touches', 'on': is_same_call('entry', 'via')} %}
{%- do follows['stg_cel__touches'].append(noted) %}
{%- do follows.update({'customer_identifier': owners}) %}
{{ config(
    key=['source_system', 'touch_id'],
    unique_key='touch_id',
    follows=follows,
    reads={'customer_identifier': ['id_type', 'id_value', 'customer_uuid']},
    reads_as_rule=[
        'ad_networks', 'call_tracking_numbers', 'message_rules', 'channel_rules', 'click_ids', 'source_categories',
        'referrer_hosts', 'payment_providers',
    ],
    schema='marts',
    indexes=[
        {'columns': ['touch_id'], 'unique': true},
        {'columns': ['customer_uuid', 'at']},
        {'columns': ['at']},
        {'columns': ['id_type', 'id_value']},
        {'columns': ['cell_id']},
    ],
) }}

with touches as (
    select * from {{ ref('int_touches__tagged') }}
),

-- Rules are tried on combinations, not on touches: 60 rules * 10^3 combinations instead of 10^5 touches.
combinations as (
    select distinct
        signature,
        touch_type,
        direction,
        is_machine::text as is_machine,
        utm_source as source,
        utm_medium as medium,
        utm_campaign as campaign,
        click_id,
        provider,
        referrer_host as written_host,
        trunk_channel,
        trunk_is_paid,
        caveat
    from touches
),

{{ channels_of('combinations') }}

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
    date_trunc('hour', touches.at, 'UTC') as hour_utc,
    {{ cell_id(
        "date_trunc('hour', touches.at, 'UTC')", 'touches.brand', 'touches.region', 'channels.channel', 'channels.source',
        'channels.campaign'
    ) }} as cell_id,
    touches.seq,
    touches.about
from touches
left join classified as channels on touches.signature = channels.signature
left join {{ ref('customer_identifier') }} as customers
    on touches.id_type = customers.id_type and touches.id_value = customers.id_value
