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
        {'columns': ['birth_uuid'], 'unique': true},
        {'columns': ['seq']}
    ]
) }}

with united as (

    select
        a_id,
        b_id,
        winner_id,
        node_id as loser_id
    from {{ ref('int_identity__unions') }}
    where winner_id is not null

),

evidence as (

    select
        edge.first_seq as seq,
        edge.rule,
        united.*,
        edge.source_table,
        edge.source_key,
        edge.first_observed_at as observed_at,
        0::bigint as hub_id
    from united
    {{ join_by_key(ref('int_identity__edges'), 'edge',
        ['rule', 'first_seq', 'source_table', 'source_key', 'first_observed_at'],
        {'a_id': 'united.a_id', 'b_id': 'united.b_id'}) }}
    {%- for neighbour, person in [('a_id', 'b_id'), ('b_id', 'a_id')] %}

    union all

    select
        holder.first_seq as seq,
        'same_person' as rule,
        united.*,
        'shared_identifier' as source_table,
        null as source_key,
        null as observed_at,
        holder.hub_id
    from united
    {{ join_by_key(ref('int_identity__holders'), 'holder', ['hub_id', 'first_seq'],
        {'neighbour_id': 'united.' ~ neighbour, 'person_id': 'united.' ~ person}, unique=false) }}
    {%- endfor %}

    union all

    -- Of a pair that people forced nothing else counts.
    select
        override.first_seq as seq,
        'override' as rule,
        united.*,
        'identity_overrides' as source_table,
        override.reason as source_key,
        null as observed_at,
        -1 as hub_id
    from united
    inner join {{ ref('int_identity__overrides') }} as override
        on united.a_id = override.a_id and united.b_id = override.b_id

),

earliest as (

    select distinct on (loser_id) *
    from evidence
    order by loser_id, hub_id >= 0, seq, hub_id

)

select
    earliest.seq,
    earliest.rule,
    earliest.a_id,
    earliest.b_id,
    earliest.winner_id,
    earliest.loser_id,
    earliest.source_table,
    coalesce(earliest.source_key, hub.id_type || ' ' || hub.id_value) as source_key,
    earliest.observed_at,
    loser.birth_uuid
from earliest
{{ join_by_key(ref('int_identity__nodes'), 'loser', ['birth_uuid'], {'node_id': 'earliest.loser_id'}) }}
left join {{ ref('int_identity__nodes') }} as hub on earliest.hub_id = hub.node_id
