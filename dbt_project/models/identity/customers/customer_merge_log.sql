-- Why customers were merged: the first pair of identifiers that joined two of them, in words. What a row
-- says never changes; an hour adds what merged since and restates components that a guard took apart. The
-- hook makes the functions that explain a merge.
{{ config(
    materialized='keyed',
    key='loser_uuid',
    unique_key='loser_uuid',
    follows={'int_identity__merged': 'birth_uuid'},
    post_hook="{{ create_explain_identity(this.schema) }}",
    indexes=[
        {'columns': ['loser_uuid'], 'unique': true},
        {'columns': ['winner_uuid']},
        {'columns': ['seq']}
    ]
) }}

select
    merged.seq,
    merged.merged_at,
    merged.rule,
    merged.source_table,
    merged.source_key,
    merged.a_type,
    merged.a_value,
    merged.b_type,
    merged.b_value,
    merged.winner_uuid,
    merged.birth_uuid as loser_uuid
from {{ ref('int_identity__merged') }} as merged
