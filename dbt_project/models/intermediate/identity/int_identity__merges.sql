-- The merge log: which pair of identifiers, by which rule and when, made the customer of loser_id part
-- of the customer of winner_id. Filtered to one component it is a tree, so "why" is one path.
-- Written before int_identity__components moves the watermark: rows later than the watermark were
-- left by a run that did not get there, and those of rebuilt components come again.
{{ config(
    materialized='incremental',
    incremental_strategy='append',
    distributed_by='loser_id',
    pre_hook=[
        "{{ rewind('seq') }}",
        "{% if is_incremental() %}
            delete from {{ this }} using {{ ref('int_identity__unions') }} as unions
            where loser_id = unions.node_id and unions.is_rebuilt
        {% endif %}"
    ],
    indexes=[
        {'columns': ['loser_id'], 'unique': true},
        {'columns': ['seq']}
    ]
) }}

select
    coalesce(override.first_seq, edge.first_seq) as seq,
    case when override.a_id is null then edge.rule else 'override' end as rule,
    unions.a_id,
    unions.b_id,
    unions.winner_id,
    unions.node_id as loser_id,
    case when override.a_id is null then edge.source_table else 'identity_overrides' end as source_table,
    case when override.a_id is null then edge.source_key else override.reason end as source_key,
    case when override.a_id is null then edge.first_observed_at end as observed_at
from {{ ref('int_identity__unions') }} as unions
left join {{ ref('int_identity__overrides') }} as override
    on unions.a_id = override.a_id and unions.b_id = override.b_id
left join {{ ref('int_identity__edges') }} as edge on unions.a_id = edge.a_id and unions.b_id = edge.b_id
where unions.winner_id is not null
