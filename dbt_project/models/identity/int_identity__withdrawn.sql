-- Observations that are no evidence any more: of a phone or e-mail somebody mistyped in an order, and of a
-- phone before its number went to somebody new. One row each, since the arrival (_seq) that showed it first.
{%- set arrivals, identifiers = ref('stg_bitrix__order_arrivals'), ref('stg_bitrix__order_identifiers') %}
{%- set nodes, key = ref('int_identity__nodes'), [
    'order_id', 'observed_seq', 'rule', 'a_type', 'a_value', 'b_type', 'b_value'
] %}
{{ config(
    materialized='arrivals',
    arrives_by='_seq',
    unique_key=['order_id', 'observed_seq', 'rule', 'a_type', 'a_value', 'b_type', 'b_value'],
    follows={
        'stg_bitrix__order_arrivals': {'since': '_seq'},
        'stg_bitrix__order_property_value_versions': [
            {'since': '_next_seq'},
            {'through': 'stg_bitrix__order_arrivals', 'on': {'order_id': 'order_id'}},
        ],
        'int_identity__observations': {'since': '_seq'},
    },
    reads={
        'stg_bitrix__order_property_value_versions': ['order_id', '_next_seq'],
        'int_identity__observations': ['_seq', 'rule', 'a_value', 'b_value', 'observed_at'],
    },
    looks_up=['stg_bitrix__order_identifiers', 'int_identity__nodes', 'int_identity__people'],
    pre_hook="{{ create_identity_persons(this.schema) }}",
    indexes=[
        {'columns': ['order_id', 'observed_seq']},
        {'columns': ['_seq']},
        {'columns': ['a_id']},
        {'columns': ['b_id']}
    ]
) }}

-- Few orders have a value that was replaced: they are read one by one.
with replaced as materialized (

    select distinct order_id
    from {{ ref('stg_bitrix__order_property_value_versions') }}
    where _next_seq <= {{ up_to_seq() }}

),

seen as (

    select
        pairs.*,
        replaced.order_id
    from replaced
    cross join lateral {{ looked_up(identifiers,
        ['_seq', 'rule', 'a_type', 'a_value', 'b_type', 'b_value', 'corrected_seq'],
        {'order_id': 'replaced.order_id'}, unique=false) }} as pairs
    where pairs.b_value is not null

),

-- Two properties of an order may show one pair: it stands while one of them does.
corrected as (

    select
        order_id,
        _seq as observed_seq,
        rule,
        a_type,
        a_value,
        b_type,
        b_value,
        greatest(_seq, max(corrected_seq)) as _seq
    from seen
    group by order_id, _seq, rule, a_type, a_value, b_type, b_value
    having bool_and(corrected_seq is not null)

),

found as (

    select * from corrected
    union all
    select * from {{ ref('int_identity__reused_phones') }}

),

first_found as (

    select distinct on ({{ key | join(', ') }}) *
    from found
    order by {{ key | join(', ') }}, _seq

)

select
    first_found._seq,
    first_found.order_id,
    first_found.observed_seq,
    first_found.rule,
    first_found.a_type,
    first_found.a_value,
    first_found.b_type,
    first_found.b_value,
    a.node_id as a_id,
    b.node_id as b_id
from first_found
cross join lateral {{ looked_up(nodes, ['node_id'],
    {'id_type': 'first_found.a_type', 'id_value': 'first_found.a_value'}) }} as a
cross join lateral {{ looked_up(nodes, ['node_id'],
    {'id_type': 'first_found.b_type', 'id_value': 'first_found.b_value'}) }} as b
