-- Why customers were merged: the first pair of identifiers that joined two of them, in words. What a row
-- says never changes; an hour adds what merged since and restates components that a guard took apart.
{{ config(
    materialized='incremental',
    incremental_strategy='append',
    pre_hook=["{{ rewind('seq') }}", "{{ forget_affected({'loser_uuid': 'birth_uuid'}, 'is_parted') }}"],
    distributed_by='loser_uuid',
    indexes=[
        {'columns': ['loser_uuid'], 'unique': true},
        {'columns': ['winner_uuid']},
        {'columns': ['seq']}
    ]
) }}
-- depends_on: {{ ref('int_identity__affected') }}
{%- set columns = [
    'seq', 'observed_at', 'rule', 'source_table', 'source_key', 'a_id', 'b_id', 'winner_id', 'loser_id',
] %}

with logged as (

    select
        entry.{{ columns | join(',\n        entry.') }}
    from {{ ref('int_identity__merges') }} as entry
    {%- if is_incremental() %}
    where entry.seq > {{ since('marts') }}

    union all

    select
        entry.{{ columns | join(',\n        entry.') }}
    from {{ ref('int_identity__affected') }} as affected
    inner join {{ ref('int_identity__merges') }} as entry on affected.node_id = entry.loser_id
    where affected.is_parted and entry.seq <= {{ since('marts') }}
    {%- endif %}

)

select
    merged.seq,
    merged.observed_at as merged_at,
    merged.rule,
    merged.source_table,
    merged.source_key,
    a.id_type as a_type,
    a.id_value as a_value,
    b.id_type as b_type,
    b.id_value as b_value,
    winner.birth_uuid as winner_uuid,
    loser.birth_uuid as loser_uuid
from logged as merged
inner join {{ ref('int_identity__nodes') }} as a on merged.a_id = a.node_id
inner join {{ ref('int_identity__nodes') }} as b on merged.b_id = b.node_id
inner join {{ ref('int_identity__nodes') }} as winner on merged.winner_id = winner.node_id
inner join {{ ref('int_identity__nodes') }} as loser on merged.loser_id = loser.node_id
