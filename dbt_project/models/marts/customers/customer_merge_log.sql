-- Why customers were merged: the first pair of identifiers that joined two of them, in words.
{{ config(
    materialized='incremental',
    incremental_strategy='append',
    pre_hook="{{ forget_affected({'loser_uuid': 'birth_uuid'}, 'is_restated') }}",
    distributed_by='loser_uuid',
    indexes=[
        {'columns': ['loser_uuid'], 'unique': true},
        {'columns': ['winner_uuid']}
    ]
) }}
-- depends_on: {{ ref('int_identity__affected') }}

select
    merge.seq,
    merge.observed_at as merged_at,
    merge.rule,
    merge.source_table,
    merge.source_key,
    a.id_type as a_type,
    a.id_value as a_value,
    b.id_type as b_type,
    b.id_value as b_value,
    winner.birth_uuid as winner_uuid,
    loser.birth_uuid as loser_uuid
from {{ ref('int_identity__merges') }} as merge
inner join {{ ref('int_identity__nodes') }} as a on merge.a_id = a.node_id
inner join {{ ref('int_identity__nodes') }} as b on merge.b_id = b.node_id
inner join {{ ref('int_identity__nodes') }} as winner on merge.winner_id = winner.node_id
inner join {{ ref('int_identity__nodes') }} as loser on merge.loser_id = loser.node_id
{%- if is_incremental() %}
inner join {{ ref('int_identity__affected') }} as affected on merge.loser_id = affected.node_id
where affected.is_restated
{%- endif %}
