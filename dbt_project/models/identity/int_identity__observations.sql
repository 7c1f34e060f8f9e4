-- Every pair of identifiers ever seen together, by arrival (_seq). Observations outlive the rows they
-- came from: a later version of a row adds pairs and takes none away. What a correction withdraws stands in
-- int_identity__withdrawn. `order_id` is 0 but for what an order shows.
-- A source that knows people joins in by its name in this list and its stg_<source>__identifiers.
{%- set sources = ['bitrix', 'crm', 'subscribe', 'esp', 'cel', 'loyalty'] %}
{%- set columns = [
    '_seq', 'rule', 'a_type', 'a_value', 'b_type', 'b_value', 'source_table', 'source_key', 'observed_at',
] %}
{%- set views = [ref('stg_bitrix__account_identifiers'), ref('stg_bitrix__visit_identifiers')] %}
{%- for source in sources[1:] %}{% do views.append(ref('stg_' ~ source ~ '__identifiers')) %}{% endfor %}
{%- set orders, arrivals = ref('stg_bitrix__order_identifiers'), ref('stg_bitrix__order_arrivals') %}
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

{% if is_incremental() -%}
with arrived_orders as materialized (

    select distinct order_id
    from {{ arrivals }}
    where _seq > {{ watermark }}

),

seen as (
    {%- for view in views %}

    select
        {{ columns | join(',\n        ') }},
        null::bigint as order_id
    from {{ view }}
    where _seq > {{ watermark }}

    union all
    {%- endfor %}

    -- An order takes rows of five tables: read order by order (`order by` keeps it apart), indexes find it.
    select pairs.*
    from arrived_orders
    cross join
        lateral (
            select
                one.{{ columns | join(',\n                one.') }},
                one.order_id
            from {{ orders }} as one
            where one.order_id = arrived_orders.order_id and one._seq > {{ watermark }}
            order by one._seq
        ) as pairs

)
{%- else -%}
with seen as (
    {%- for source in sources %}

    select
        {{ columns | join(',\n        ') }},
        {{ 'order_id' if source == 'bitrix' else 'null::bigint as order_id' }}
    from {{ ref('stg_' ~ source ~ '__identifiers') }}
    {%- if not loop.last %}

    union all
    {%- endif %}
    {%- endfor %}

)
{%- endif %}

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
