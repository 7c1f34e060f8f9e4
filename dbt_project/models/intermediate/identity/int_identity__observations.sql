-- Every pair of identifiers ever seen together, by arrival (_seq). Observations outlive the rows they
-- came from: a later version of a row adds pairs and takes none away, so the guards are monotone.
-- A source that knows people joins in by its name in this list and its stg_<source>__identifiers.
{%- set sources = ['bitrix', 'crm', 'subscribe', 'esp', 'cel', 'loyalty'] %}
{%- set watermark = since('identity') %}
{{ config(
    materialized='incremental',
    incremental_strategy='append',
    distributed_by='a_value',
    by_key=false,
    pre_hook="{{ rewind('_seq') }}",
    indexes=[
        {'columns': ['_seq']},
        {'columns': ['a_type', 'a_value']},
        {'columns': ['b_type', 'b_value']}
    ]
) }}

with seen as (
    {%- for source in sources %}

    select
        _seq,
        rule,
        a_type,
        a_value,
        b_type,
        b_value,
        source_table,
        source_key,
        observed_at
    from {{ ref('stg_' ~ source ~ '__identifiers') }}
    {%- if is_incremental() %}
    where _seq > {{ watermark }}
    {%- endif %}
    {%- if not loop.last %}

    union all
    {%- endif %}
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
    min(observed_at) as observed_at
from seen
group by _seq, rule, a_type, a_value, b_type, b_value
