-- One row per local day of arrival, source, raw table and kind of identifier: how many fields that should
-- hold one were filled in, and how many of them nobody can read.
{%- set follows, reads = {'int_identity__unread': {'since': '_seq'}}, {} %}
{%- do reads.update({'int_identity__unread': ['_seq', 'source_table', 'id_type', 'read_as', '_loaded_at']}) %}
{%- for source in sources_with('written') %}
{%- do follows.update({'stg_' ~ source ~ '__written': {'since': '_seq'}}) %}
{%- set columns = ['_seq', 'source_table', 'id_type', 'value', '_loaded_at'] %}
{%- do reads.update({'stg_' ~ source ~ '__written': columns}) %}
{%- endfor %}
{{ config(
    materialized='arrivals',
    arrives_by='last_seq',
    unique_key=['arrived_on', 'source', 'source_table', 'id_type'],
    follows=follows,
    reads=reads,
    combines={
        'written': 'stood.written + excluded.written',
        'unread': 'stood.unread + excluded.unread',
        'last_seq': 'greatest(stood.last_seq, excluded.last_seq)',
    },
    indexes=[{'columns': ['arrived_on', 'source', 'source_table', 'id_type'], 'unique': true}],
) }}

with fields as (
    {%- for source in sources_with('written') %}

    select
        '{{ source }}' as source,
        source_table,
        id_type,
        _loaded_at,
        _seq
    from {{ ref('stg_' ~ source ~ '__written') }}
    -- Blank, or an input mask that nobody filled in: nothing was written, as int_identity__unread has it.
    where
        regexp_replace(value, '[[:space:]()+_.\-–—]', '', 'g') not in ('', '7', '8')
        -- Whether a property of orders is a phone the shop may decide later: arrivals do not say it.
        and source_table <> 'b_sale_order_props_value'
    {%- if not loop.last %}

    union all
    {%- endif %}
    {%- endfor %}

),

written as (
    select
        {{ local_date('_loaded_at') }} as arrived_on,
        source,
        source_table,
        id_type,
        count(*) as written,
        max(_seq) as last_seq
    from fields
    group by 1, 2, 3, 4
),

unread as (
    select
        {{ local_date('_loaded_at') }} as arrived_on,
        source_table,
        id_type,
        count(*) as unread
    from {{ ref('int_identity__unread') }}
    where read_as is null
    group by 1, 2, 3
)

select
    written.arrived_on,
    written.source,
    written.source_table,
    written.id_type,
    written.written,
    coalesce(unread.unread, 0) as unread,
    written.last_seq
from written
left join unread
    on
        written.arrived_on = unread.arrived_on
        and written.source_table = unread.source_table
        and written.id_type = unread.id_type
