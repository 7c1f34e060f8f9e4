-- Observations of orders that a correction took back: of a phone or an e-mail that somebody mistyped. One row
-- per observation, since the arrival (_seq) that showed it; it is no evidence of its pair any more.
{{ config(
    materialized='incremental',
    incremental_strategy='append',
    distributed_by='order_id',
    pre_hook="{{ rewind('_seq') }}",
    indexes=[{'columns': ['order_id', 'observed_seq']}, {'columns': ['_seq']}]
) }}
{%- set watermark = since('identity') %}
{%- set values = ref('stg_bitrix__order_property_value_versions') %}

-- depends_on: {{ ref('stg_bitrix__order_arrivals') }}
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
        from {{ ref('stg_bitrix__order_arrivals') }}
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
    cross join
        lateral (
            select
                one._seq,
                one.rule,
                one.a_type,
                one.a_value,
                one.b_type,
                one.b_value,
                one.corrected_seq
            from {{ ref('stg_bitrix__order_identifiers') }} as one
            where one.order_id = replaced.order_id and one.b_value is not null
            order by one._seq
        ) as pairs

),

-- Two properties of an order may show one pair: it stands while one of them does.
withdrawn as (

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
{%- if is_incremental() %}
where withdrawn._seq > {{ watermark }}
{%- endif %}
