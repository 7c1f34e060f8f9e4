-- node_id = class * 10^12 + rank of arrival. Class 0 are things that exist once (users, cookies, cards,
-- CRM records), class 1 are contact values; so min(node_id) of a component is its earliest entity, a
-- contact value only if there is nothing else, and a phone that turns out shared is never its anchor.
-- Rank goes by _seq, never by event time: a late event cannot renumber anything, and the next run
-- continues the numbers of the last. Numbers of what arrived are logged, so that nobody else looks the same
-- values up.
{{ config(
    materialized='arrivals',
    arrives_by='first_seq',
    unique_key='node_id',
    follows={'int_identity__observations': {'since': '_seq'}},
    reads={
        'int_identity__observations': ['_seq', 'observed_at', 'rule', 'a_type', 'a_value', 'b_type', 'b_value'],
    },
    combines={
        'first_seen': 'least(stood.first_seen, excluded.first_seen)',
        'last_seen': 'greatest(stood.last_seen, excluded.last_seen)',
        'observations': 'stood.observations + excluded.observations',
        'is_verified': 'stood.is_verified or excluded.is_verified',
        'met_seq': 'coalesce(stood.met_seq, excluded.met_seq)',
        'last_seq': 'excluded.last_seq',
    },
    logs=['id_type', 'id_value', 'node_id'],
    fillfactor=85,
    indexes=[
        {'columns': ['node_id'], 'unique': true},
        {'columns': ['id_type', 'id_value'], 'unique': true}
    ]
) }}

with ends as (

    select
        observation._seq,
        observation.observed_at,
        observation.rule,
        observation.b_value is not null as has_met,
        seen.id_type,
        seen.id_value
    from {{ ref('int_identity__observations') }} as observation
    cross join
        lateral (
            values
            (observation.a_type, observation.a_value),
            (observation.b_type, observation.b_value)
        ) as seen (id_type, id_value)
    where seen.id_value is not null

),

identifiers as (

    select
        id_type,
        id_value,
        min(_seq) as first_seq,
        min(observed_at) as first_seen,
        max(observed_at) as last_seen,
        count(*) as observations,
        bool_or(id_type = 'PHONE' and rule = 'site_user_verified_phone') as is_verified,
        min(_seq) filter (where has_met) as met_seq,
        max(_seq) as last_seq,
        case when id_type in ('PHONE', 'EMAIL') then 1 else 0 end as class
    from ends
    group by id_type, id_value

),

remembered as (

    select
        identifiers.*,
        known.node_id as known_id
    from identifiers
    {{ known_nodes() }}

),

-- Collation "C" keeps the numbers the same on every server.
ranked as (

    select
        *,
        class * 1000000000000 + row_number() over (
            partition by class, known_id is null
            order by first_seq, id_type collate "C", id_value collate "C"
        ) as next_id
    from remembered

),

last_ids as (

    select
        coalesce(max(node_id) filter (where node_id < 1000000000000), 0) as entities,
        coalesce(max(node_id) filter (where node_id > 1000000000000) - 1000000000000, 0) as contact_values
    from {{ youngest_nodes() }} as youngest

)

select
    coalesce(
        ranked.known_id,
        ranked.next_id + case ranked.class when 0 then last_ids.entities else last_ids.contact_values end
    ) as node_id,
    ranked.id_type,
    ranked.id_value,
    ranked.first_seq,
    ranked.first_seen,
    ranked.last_seen,
    {{ birth_uuid('ranked.') }} as birth_uuid,
    ranked.observations,
    ranked.is_verified,
    ranked.met_seq,
    ranked.last_seq
from ranked
cross join last_ids
