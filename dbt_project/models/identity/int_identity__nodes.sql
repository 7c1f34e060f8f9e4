-- node_id = class * 10^12 + rank of arrival. Class 0 are things that exist once (users, cookies, cards,
-- CRM records), class 1 are contact values; so min(node_id) of a component is its earliest entity, a
-- contact value only if there is nothing else, and a phone that turns out shared is never its anchor.
-- Rank goes by _seq, never by event time: a late event cannot renumber anything, and the next run
-- continues the numbers of the last. `last_seq` says which arrivals a node has already counted. Numbers of
-- what arrived are kept as their delta, so that nobody else looks the same values up.
{{ config(
    materialized='incremental',
    incremental_strategy='upsert',
    unique_key='node_id',
    fillfactor=85,
    delta_columns=['id_type', 'id_value', 'node_id'],
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
        seen.id_type,
        seen.id_value
    from {{ ref('int_identity__observations') }} as observation
    cross join
        lateral (
            values
            (observation.a_type, observation.a_value),
            (observation.b_type, observation.b_value)
        ) as seen (id_type, id_value)
    where seen.id_value is not null and observation._seq > {{ since('identity') }}

),

identifiers as (

    select
        ends.id_type,
        ends.id_value,
        {%- if is_incremental() %}
        known.node_id as known_id,
        coalesce(min(known.first_seq), min(ends._seq)) as first_seq,
        least(min(known.first_seen), min(ends.observed_at)) as first_seen,
        greatest(max(known.last_seen), max(ends.observed_at)) as last_seen,
        coalesce(min(known.observations), 0) + count(*) as observations,
        bool_or(
            coalesce(known.is_verified, false)
            or ends.id_type = 'PHONE' and ends.rule = 'site_user_verified_phone'
        ) as is_verified,
        {%- else %}
        null::bigint as known_id,
        min(ends._seq) as first_seq,
        min(ends.observed_at) as first_seen,
        max(ends.observed_at) as last_seen,
        count(*) as observations,
        bool_or(ends.id_type = 'PHONE' and ends.rule = 'site_user_verified_phone') as is_verified,
        {%- endif %}
        max(ends._seq) as last_seq,
        case when ends.id_type in ('PHONE', 'EMAIL') then 1 else 0 end as class
    from ends
    {% if is_incremental() -%}
    left join {{ known_nodes('ends') }} as known
        on ends.id_type = known.id_type and ends.id_value = known.id_value
    where known.node_id is null or ends._seq > known.last_seq
    {%- endif %}
    -- The number first: known identifiers are then sorted by it, not by text.
    group by {% if is_incremental() %}known.node_id, {% endif %}ends.id_type, ends.id_value

),

-- Collation "C" keeps the numbers the same on every server.
ranked as (

    select
        *,
        class * 1000000000000 + row_number() over (
            partition by class, known_id is null
            order by first_seq, id_type collate "C", id_value collate "C"
        ) as next_id
    from identifiers

),

last_ids as (

    {%- if is_incremental() %}
    select
        coalesce(max(node_id) filter (where node_id < 1000000000000), 0) as entities,
        coalesce(max(node_id) filter (where node_id > 1000000000000) - 1000000000000, 0) as contact_values
    from ({{ youngest_nodes() }}) as youngest
    {%- else %}
    select
        0 as entities,
        0 as contact_values
    {%- endif %}

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
    ranked.last_seq
from ranked
cross join last_ids
