-- Who the sources say an identifier is of: each different person once, by the arrival that first said it.
-- What an account, a contact or a lead tells of itself holds beside all it is seen with (other_id 0); the
-- name in an order holds for the two identifiers it was given with.
{%- set columns = ['_seq', 'a_type', 'a_value', 'b_type', 'b_value', 'given', 'surname', 'birthday'] %}
{%- set follows, reads, numbers, models = {}, {}, [], [] %}
{%- for source in sources_with('people') %}
{%- do models.append('stg_' ~ source ~ '__people') %}
{%- do follows.update({models[-1]: {'since': '_seq'}}) %}
{%- endfor %}
{%- for source in sources_with('order_people') %}
{%- set arrivals = ref('stg_' ~ source ~ '__order_arrivals') %}
{%- do models.append('stg_' ~ source ~ '__order_people') %}
{%- do follows.update(by_orders(source, 'order_people')) %}
{%- endfor %}
{%- for name in models %}
{%- do reads.update({name: columns}) %}
{%- for end in ['a', 'b'] %}
{%- do numbers.append({'through': name, 'on': {'id_type': end ~ '_type', 'id_value': end ~ '_value'}}) %}
{%- endfor %}
{%- endfor %}
{%- do follows.update({'int_identity__nodes': numbers}) %}
{%- do reads.update({'int_identity__nodes': ['id_type', 'id_value', 'node_id']}) %}
{{ config(
    materialized='arrivals',
    arrives_by='first_seq',
    unique_key=['node_id', 'other_id', 'person'],
    follows=follows,
    reads=reads,
    reads_as_rule=['identity_placeholder_names'],
    pre_hook=["{{ create_identity_person(this.schema) }}", "{{ whole_without_nested_loops() }}"],
    indexes=[
        {'columns': ['node_id', 'other_id', 'person'], 'unique': true},
        {'columns': ['first_seq']}
    ]
) }}

with written as (
    {%- for name in models %}

    select {{ columns | join(', ') }}
    from {{ ref(name) }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}

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
    inner join {{ ref('int_identity__nodes') }} as a on read.a_type = a.id_type and read.a_value = a.id_value
    left join {{ ref('int_identity__nodes') }} as b on read.b_type = b.id_type and read.b_value = b.id_value
    where read.person is not null

)

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
