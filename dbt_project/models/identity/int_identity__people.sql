-- Who the sources say an identifier is of: each different person once, by the arrival that first said it.
-- What an account, a contact or a lead tells of itself holds beside all it is seen with (other_id 0); the
-- name in an order holds for the two identifiers it was given with.
{{ config(
    materialized='incremental',
    incremental_strategy='append',
    distributed_by='node_id',
    pre_hook=[
        "{{ create_identity_person(this.schema) }}",
        "{{ rewind('first_seq') }}",
        "{% if is_whole() %}select set_config('enable_nestloop', 'off', true){% endif %}"
    ],
    indexes=[
        {'columns': ['node_id', 'other_id', 'person'], 'unique': true},
        {'columns': ['first_seq']}
    ]
) }}
{%- set columns = ['_seq', 'a_type', 'a_value', 'b_type', 'b_value', 'given', 'surname', 'birthday'] %}
{%- set watermark = since('identity') %}
{%- set key = {'node_id': 'named.node_id', 'other_id': 'named.other_id', 'person': 'named.person'} %}

with written as (
    {%- for source in sources_with('people') %}

    select {{ columns | join(', ') }}
    from {{ ref('stg_' ~ source ~ '__people') }}
    where _seq > {{ watermark }}

    union all
    {%- endfor %}
    {{ seen_in_orders('order_people', columns, watermark) }}

),

-- Versions repeat names: each is read once.
said as (

    select
        {{ columns[1:] | join(', ') }},
        min(_seq) as first_seq
    from written
    group by {{ columns[1:] | join(', ') }}

),

read as (

    select
        said.*,
        {{ this.schema }}.identity_person(
            said.given,
            said.surname,
            said.birthday,
            array(select placeholder.word from {{ ref('identity_placeholder_names') }} as placeholder)
        ) as person
    from said

),

numbered as (

    select
        a.node_id as a_id,
        coalesce(b.node_id, 0) as b_id,
        read.person,
        read.first_seq
    from read
    {{ join_by_key(ref('int_identity__nodes'), 'a', ['node_id'],
        {'id_type': 'read.a_type', 'id_value': 'read.a_value'}) }}
    {{ join_by_key(ref('int_identity__nodes'), 'b', ['node_id'],
        {'id_type': 'read.b_type', 'id_value': 'read.b_value'}, left=true) }}
    where read.person is not null

),

named as (

    select
        ends.node_id,
        ends.other_id,
        numbered.person,
        min(numbered.first_seq) as first_seq
    from numbered
    cross join
        lateral (
            values (numbered.a_id, numbered.b_id), (numbered.b_id, numbered.a_id)
        ) as ends (node_id, other_id)
    where ends.node_id > 0
    group by ends.node_id, ends.other_id, numbered.person

)

select
    named.node_id,
    named.other_id,
    named.person,
    named.first_seq
from named
{% if is_incremental() -%}
left join lateral {{ looked_up(this, ['first_seq'], key) }} as known on true
where known.first_seq is null
{%- endif %}
