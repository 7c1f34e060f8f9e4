-- One customer: every trace the shop has of them, put together. Written for affected customers and for
-- those whose channels changed.
{{ config(
    materialized='incremental',
    incremental_strategy='upsert',
    unique_key='customer_uuid',
    fillfactor=85,
    pre_hook="{{ forget_affected({'customer_uuid': 'birth_uuid'}, 'is_former') }}",
    distributed_by='customer_uuid',
    indexes=[
        {'columns': ['customer_uuid'], 'unique': true},
        {'columns': ['user_id']},
        {'columns': ['crm_contact_id']},
        {'columns': ['email']},
        {'columns': ['phone']}
    ]
) }}
-- depends_on: {{ ref('int_identity__affected') }}, {{ ref('int_journey__stale') }}
-- depends_on: {{ ref('bl_customer_alias') }}, {{ ref('shared_identifier') }}, {{ ref('customer_merge_log') }}
{%- set shown = ['user_id', 'crm_contact_id', 'email', 'phone'] %}
{%- set identified = {'customer_uuid': 'identifiers.customer_uuid'} %}
{%- set kept = ['id_type', 'id_value', 'first_seen', 'last_seen'] %}
{%- set held = rows_of('stale', ref('customer_identifier'), 'customer_uuid', kept) ~ ' as held' %}

with
{%- if is_incremental() %} candidates as (

    select customer_uuid
    from {{ ref('int_identity__affected') }}
    where customer_uuid is not null

    union

    select customer_uuid
    from {{ ref('int_journey__stale') }}
    where fact = 'touch' and customer_uuid is not null

),
{% endif %}
channel_entries as (

    select
        touches.customer_uuid,
        touches.channel,
        min(touches.at) as entered_at
    {%- if is_incremental() %}
    from candidates
    inner join {{ ref('fct_touch') }} as touches on candidates.customer_uuid = touches.customer_uuid
    {%- else %}
    from {{ ref('fct_touch') }} as touches
    where touches.customer_uuid is not null
    {%- endif %}
    group by touches.customer_uuid, touches.channel

),

channels as (

    select
        customer_uuid,
        jsonb_agg(channel order by entered_at, channel collate "C") as channels
    from channel_entries
    group by customer_uuid

),

{% if is_incremental() -%}
-- Of those whose touches alone changed, the ones whose channels or their order did.
stale as (

    select customer_uuid
    from {{ ref('int_identity__affected') }}
    where customer_uuid is not null

    union

    select candidates.customer_uuid
    from candidates
    inner join {{ this }} as published on candidates.customer_uuid = published.customer_uuid
    left join channels on candidates.customer_uuid = channels.customer_uuid
    where published.channels <> coalesce(channels.channels, '[]'::jsonb)

),

{% endif -%}
identifiers as (

    select
        customer_uuid,
        coalesce(
            jsonb_agg(id_value::bigint order by id_value::bigint) filter (where id_type = 'FUSER'),
            '[]'::jsonb
        ) as fuser_ids,
        min(first_seen) as first_seen,
        max(last_seen) as last_seen,
        {%- for type in ['USER', 'CONTACT', 'LEAD', 'PHONE', 'EMAIL', 'FUSER', 'CARD'] %}
        count(*) filter (where id_type = '{{ type }}') as {{ type | lower }}_count,
        {%- endfor %}
        count(*) as identifier_count
    from {{ held if is_incremental() else ref('customer_identifier') }}
    group by customer_uuid

)

select
    identifiers.customer_uuid,
    displayed.user_id,
    identifiers.fuser_ids,
    displayed.crm_contact_id,
    displayed.email,
    displayed.phone,
    identifiers.first_seen,
    identifiers.last_seen,
    coalesce(channels.channels, '[]'::jsonb) as channels,
    channels.channels ->> 0 as first_channel,
    identifiers.identifier_count,
    identifiers.user_count,
    identifiers.contact_count,
    identifiers.lead_count,
    identifiers.phone_count,
    identifiers.email_count,
    identifiers.fuser_count,
    identifiers.card_count,
    -- Report only: more traces than one person has, not yet over any limit of a single identifier.
    identifiers.user_count > 3
    or identifiers.phone_count > 10
    or identifiers.identifier_count > 200 as is_suspect
from identifiers
{{ join_by_key(ref('int_identity__displayed'), 'displayed', shown, identified, left=true) }}
left join channels on identifiers.customer_uuid = channels.customer_uuid
