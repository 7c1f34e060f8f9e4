-- node_id = class * 10^12 + rank of arrival. Class 0 are things that exist once (users, cookies, cards,
-- CRM records), class 1 are contact values; so min(node_id) of a component is its earliest entity, a
-- contact value only if there is nothing else, and a phone that turns out shared is never its anchor.
-- Rank goes by _seq, never by event time: a late event cannot renumber anything.
{{ config(
    distributed_by='id_value',
    reduce=true,
    indexes=[
        {'columns': ['node_id'], 'unique': true},
        {'columns': ['id_type', 'id_value'], 'unique': true},
        {'columns': ['birth_uuid'], 'unique': true}
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
    where seen.id_value is not null

),

identifiers as (

    select
        id_type,
        id_value,
        case when id_type in ('PHONE', 'EMAIL') then 1 else 0 end as class,
        min(_seq) as first_seq,
        min(observed_at) as first_seen,
        max(observed_at) as last_seen,
        count(*) as observations,
        bool_or(id_type = 'PHONE' and rule = 'site_user_verified_phone') as is_verified
    from ends
    group by id_type, id_value

),

-- Collation "C" keeps the numbers the same on every server.
ranked as (

    select
        id_type,
        id_value,
        class,
        first_seq,
        first_seen,
        last_seen,
        observations,
        is_verified,
        row_number() over (
            partition by class
            order by first_seq, id_type collate "C", id_value collate "C"
        ) as arrival_rank
    from identifiers

)

select
    class * 1000000000000 + arrival_rank as node_id,
    id_type,
    id_value,
    first_seq,
    first_seen,
    last_seen,
    md5('customer|' || id_type || '|' || id_value)::uuid as birth_uuid,
    observations,
    is_verified
from ranked
