-- One customer: every trace the shop has of them, put together.
{{ config(
    materialized='keyed',
    key='customer_uuid',
    unique_key='customer_uuid',
    follows={
        'customer_identifier': 'customer_uuid',
        'int_identity__displayed': 'customer_uuid',
        'fct_touch': 'customer_uuid',
    },
    reads={
        'customer_identifier': ['id_type', 'id_value', 'customer_uuid', 'first_seen', 'last_seen'],
        'fct_touch': ['touch_id', 'customer_uuid', 'channel', 'at'],
    },
    fillfactor=85,
    indexes=[
        {'columns': ['customer_uuid'], 'unique': true},
        {'columns': ['user_id']},
        {'columns': ['crm_contact_id']},
        {'columns': ['email']},
        {'columns': ['phone']}
    ]
) }}

with channel_entries as (

    select
        touches.customer_uuid,
        coalesce(touches.channel, '(none)') as channel,
        min(touches.at) as first_at,
        max(touches.at) as last_at,
        count(*) as touches
    from {{ ref('fct_touch') }} as touches
    where touches.customer_uuid is not null
    group by 1, 2

),

channels as (

    select
        customer_uuid,
        jsonb_object_agg(
            channel,
            jsonb_build_object(
                'first', {{ utc_text('first_at') }}, 'last', {{ utc_text('last_at') }}, 'touches', touches
            )
        ) as channels,
        jsonb_agg(channel order by first_at, channel collate "C") as channel_names
    from channel_entries
    group by customer_uuid

),

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
        count(*) as identifier_count,
        bool_or(id_type in ('PHONE', 'EMAIL', 'CONTACT', 'LEAD', 'CARD')) as is_reachable
    from {{ ref('customer_identifier') }}
    group by customer_uuid

)

select
    identifiers.customer_uuid,
    case
        when displayed.user_id is not null or identifiers.is_reachable
            then {{ account_or_stand_in('displayed.user_id', 'identifiers.customer_uuid') }}
    end as user_id,
    identifiers.fuser_ids,
    displayed.crm_contact_id,
    displayed.email,
    displayed.phone,
    identifiers.first_seen,
    identifiers.last_seen,
    coalesce(channels.channels, '{}'::jsonb) as channels,
    coalesce(channels.channel_names, '[]'::jsonb) as channel_names,
    channels.channel_names ->> 0 as first_channel,
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
left join {{ ref('int_identity__displayed') }} as displayed
    on identifiers.customer_uuid = displayed.customer_uuid
left join channels on identifiers.customer_uuid = channels.customer_uuid
