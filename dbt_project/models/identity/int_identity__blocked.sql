-- Identifiers that belong to nobody whatever they meet: those of the blocklist, and what belongs to a
-- technical account once it was seen with somebody, even if a correction took that back; one seen alone joins
-- nobody and needs no guard.
--
-- A word of a mailbox is compared with the part before the @ without blanks, marks and a `+tag`; `#` at its
-- end stands for a number or nothing: `buh#` is buh@, buh2@ and buh-02@. Words and whole values are found by
-- equality, of the rest each value meets each pattern: PostgreSQL keeps 32 compiled expressions.
{%- set observations = ref('int_identity__observations') %}
{{ config(
    materialized='arrivals',
    arrives_by='crossed_seq',
    unique_key='node_id',
    follows={
        'int_identity__nodes': {'since': '{{ arrived_nodes(watermark("bronze")) }}'},
        'int_identity__observations': {'since': '_seq'},
        'int_identity__technical': [
            {'since': 'first_seq'},
            {'through': 'int_identity__observations', 'on': {'id_type': 'a_type', 'id_value': 'a_value'}},
            {'through': 'int_identity__observations', 'on': {'id_type': 'b_type', 'id_value': 'b_value'}},
        ],
    },
    reads={
        'int_identity__nodes': ['node_id', 'id_type', 'id_value', 'first_seq'],
        'int_identity__observations': ['a_type', 'a_value', 'b_type', 'b_value'],
    },
    reads_as_rule=['identity_blocklist', 'call_tracking_numbers'],
    indexes=[{'columns': ['node_id'], 'unique': true}, {'columns': ['crossed_seq']}]
) }}

with named as (

    select
        node_id,
        id_type,
        id_value,
        first_seq,
        regexp_replace(split_part(split_part(id_value, '@', 1), '+', 1), '[-_.]', '', 'g') as word
    from {{ ref('int_identity__nodes') }}

),

listed as (

    select
        named.node_id,
        named.first_seq as crossed_seq,
        'blocklist: ' || blocklist.reason as reason
    from named
    cross join
        lateral (
            values
            ('exact', named.id_value),
            ('mailbox', named.word),
            ('mailbox', regexp_replace(named.word, '\d+$', '') || '#')
        ) as key (match, pattern)
    inner join {{ ref('int_identity__blocklist') }} as blocklist
        on
            named.id_type = blocklist.id_type
            and key.match = blocklist.match
            and key.pattern = blocklist.pattern
    union all
    select
        named.node_id,
        named.first_seq as crossed_seq,
        'blocklist: ' || blocklist.reason as reason
    from named
    inner join {{ ref('int_identity__blocklist') }} as blocklist
        on
            named.id_type = blocklist.id_type
            and case blocklist.match
                when 'prefix' then starts_with(named.id_value, blocklist.pattern)
                when 'suffix' then right(named.id_value, length(blocklist.pattern)) = blocklist.pattern
                when 'regex' then named.id_value ~ blocklist.pattern
            end

),

technical as (

    select
        node.node_id,
        greatest(named.first_seq, node.met_seq) as crossed_seq,
        named.reason
    from {{ ref('int_identity__technical') }} as named
    cross join lateral {{ looked_up(ref('int_identity__nodes'), ['node_id', 'met_seq'],
        {'id_type': 'named.id_type', 'id_value': 'named.id_value'}) }} as node
    where node.met_seq is not null

),

found as (

    select * from listed
    union all
    select * from technical

)

select distinct on (node_id)
    node_id,
    reason,
    crossed_seq
from found
order by node_id, crossed_seq, reason collate "C"
