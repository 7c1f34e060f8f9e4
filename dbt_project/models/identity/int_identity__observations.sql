-- Every pair of identifiers ever seen together, by arrival (_seq). Observations outlive the rows they
-- came from: a later version of a row adds pairs and takes none away. What a correction withdraws stands in
-- int_identity__withdrawn. `order_id` is 0 but for what an order shows.
-- A source that knows people joins in by having stg_<source>__identifiers (macros/sources.sql).
{%- set columns = [
    '_seq', 'rule', 'a_type', 'a_value', 'b_type', 'b_value', 'source_table', 'source_key', 'observed_at',
] %}
{%- set watermark = since('identity') %}
-- Whole, it reads histories whole. The planner takes the order views for a row each and would join them
-- row by row: quadratic, hence no nested loops then.
{{ config(
    materialized='incremental',
    incremental_strategy='append',
    distributed_by='a_value',
    pre_hook=[
        "{{ rewind('_seq') }}",
        "{% if is_whole() %}select set_config('enable_nestloop', 'off', true){% endif %}"
    ],
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
        null::bigint as order_id
    from {{ ref('stg_' ~ source ~ '__identifiers') }}
    {%- if is_incremental() %}
    where _seq > {{ watermark }}
    {%- endif %}

    union all
    {%- endfor %}
    {{ seen_in_orders('order_identifiers', columns + ['order_id'], watermark) }}

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
    coalesce(order_id, 0) as order_id
from seen
group by _seq, rule, a_type, a_value, b_type, b_value, coalesce(order_id, 0)
