-- Observations that are no evidence any more: of a phone or e-mail somebody mistyped in an order, and of a
-- phone before its number went to somebody new. One row each, since the arrival (_seq) that showed it first.
{{ config(
    materialized='incremental',
    incremental_strategy='append',
    distributed_by='order_id',
    pre_hook=["{{ create_identity_persons(this.schema) }}", "{{ rewind('_seq') }}"],
    indexes=[{'columns': ['order_id', 'observed_seq']}, {'columns': ['_seq']}]
) }}
{%- set watermark = since('identity') %}
{%- set arrivals = ref('stg_bitrix__order_arrivals') %}
{%- set values = ref('stg_bitrix__order_property_value_versions') %}

-- Few orders have a value that was replaced: they are read one by one in both forms.
with replaced as materialized (
    {%- if is_incremental() %}

    select value.order_id
    from {{ values }} as value
    where value._next_seq > {{ watermark }} and value._next_seq <= {{ up_to_seq() }}
    union
    select arrived.order_id
    from (
        select distinct order_id
        from {{ arrivals }}
        where _seq > {{ watermark }}
    ) as arrived
    where
        exists (
            select 1
            from {{ values }} as value
            where value.order_id = arrived.order_id and value._next_seq <= {{ up_to_seq() }}
        )
    {%- else %}

    select distinct value.order_id
    from {{ values }} as value
    where value._next_seq <= {{ up_to_seq() }}
    {%- endif %}

),

seen as (

    select
        pairs.*,
        replaced.order_id
    from replaced
    cross join lateral {{ looked_up(ref('stg_bitrix__order_identifiers'),
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

{{ reused_phones() }},

found as (

    select * from corrected
    union all
    select * from reused

),

withdrawn as (

    select distinct on (
        found.order_id, found.observed_seq, found.rule,
        found.a_type, found.a_value, found.b_type, found.b_value
    ) found.*
    from found
    {%- if is_incremental() %}
    where
        found._seq > {{ watermark }}
        and not exists (
            select 1
            from {{ this }} as known
            where
                known.order_id = found.order_id
                and known.observed_seq = found.observed_seq
                and known.rule = found.rule
                and known.a_type = found.a_type
                and known.a_value = found.a_value
                and known.b_type = found.b_type
                and known.b_value = found.b_value
        )
    {%- endif %}
    order by
        found.order_id, found.observed_seq, found.rule,
        found.a_type, found.a_value, found.b_type, found.b_value, found._seq

)

select
    withdrawn._seq,
    withdrawn.order_id,
    withdrawn.observed_seq,
    withdrawn.rule,
    withdrawn.a_type,
    withdrawn.a_value,
    withdrawn.b_type,
    withdrawn.b_value,
    a.node_id as a_id,
    b.node_id as b_id
from withdrawn
{{ join_by_key(ref('int_identity__nodes'), 'a', ['node_id'],
    {'id_type': 'withdrawn.a_type', 'id_value': 'withdrawn.a_value'}) }}
{{ join_by_key(ref('int_identity__nodes'), 'b', ['node_id'],
    {'id_type': 'withdrawn.b_type', 'id_value': 'withdrawn.b_value'}) }}
