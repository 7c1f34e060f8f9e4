-- Every pair of identifiers ever seen together, by arrival (_seq). Observations outlive the rows they came
-- from: a later version of a row adds pairs and takes none away. What a correction withdraws stands in
-- int_identity__withdrawn. `order_id` is 0 but for what an order shows: it takes rows of several tables, and
-- an hour reads the orders that its arrivals name. A source that knows people joins in by having
-- stg_<source>__identifiers (macros/sources.sql).
{%- set columns = [
    '_seq', 'rule', 'a_type', 'a_value', 'b_type', 'b_value', 'source_table', 'source_key', 'observed_at',
] %}
{%- set follows, reads = {}, {} %}
{%- for source in sources_with('identifiers') %}
{%- do follows.update({'stg_' ~ source ~ '__identifiers': {'since': '_seq'}}) %}
{%- do reads.update({'stg_' ~ source ~ '__identifiers': columns}) %}
{%- endfor %}
{%- for source in sources_with('order_identifiers') %}
{%- do follows.update(by_orders(source, 'order_identifiers')) %}
{%- do reads.update({'stg_' ~ source ~ '__order_identifiers': columns + ['order_id']}) %}
{%- endfor %}
{{ config(
    materialized='arrivals',
    arrives_by='_seq',
    follows=follows,
    reads=reads,
    pre_hook="{{ whole_without_nested_loops() }}",
    indexes=[
        {'columns': ['_seq']},
        {'columns': ['a_type', 'a_value']},
        {'columns': ['b_type', 'b_value']}
    ]
) }}

with seen as (
    {%- for source in sources_with('identifiers') %}

    select
        {{ columns | join(',\n        ') }},
        0::bigint as order_id
    from {{ ref('stg_' ~ source ~ '__identifiers') }}

    union all
    {%- endfor %}
    {%- for source in sources_with('order_identifiers') %}
    {%- set arrivals = ref('stg_' ~ source ~ '__order_arrivals') %}

    select
        {{ columns | join(',\n        ') }},
        order_id
    from {{ ref('stg_' ~ source ~ '__order_identifiers') }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}

)

-- One source row can name the same pair twice (two order properties with one number).
select
    _seq,
    rule,
    a_type,
    a_value,
    b_type,
    b_value,
    min(source_table) as source_table,
    min(source_key) as source_key,
    min(observed_at) as observed_at,
    order_id
from seen
group by _seq, rule, a_type, a_value, b_type, b_value, order_id
