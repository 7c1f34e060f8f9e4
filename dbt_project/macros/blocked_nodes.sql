{#- CTEs of int_identity__blocked: `blocked`, the nodes whose value the blocklist names, with the reason. It holds
    the seed, the shop's own numbers (tracked ones, trunks named by their number) and its own mail domains.

    A word of a mailbox is compared with the part before the @ without blanks, marks and a `+tag`; `#` at its end
    stands for a number or nothing: `buh#` is buh@, buh2@ and buh-02@. Words and whole values are found by
    equality, of the rest each value meets each pattern: PostgreSQL keeps 32 compiled expressions. -#}
{% macro blocked_nodes(nodes) -%}
{%- set trunks = (env_var('CEL_TRUNKS', '') or '').split(',') -%}
blocklist as (

    select
        id_type,
        match,
        pattern,
        reason
    from {{ ref('identity_blocklist') }}
    union all
    select
        'PHONE' as id_type,
        'exact' as match,
        {{ normalise_phone('own.number') }} as pattern,
        'own number' as reason
    from (
        select number from {{ ref('call_tracking_numbers') }}
        {%- for trunk in trunks if trunk | select('in', '0123456789') | list | length >= 10 %}
        union all
        select substring('{{ trunk | replace("'", "''") }}' from '\d{10,11}') as number
        {%- endfor %}
    ) as own
    {%- for domain in var('own_domains') %}
    {%- for separator in ['@', '.'] %}
    union all
    select
        'EMAIL' as id_type,
        'suffix' as match,
        '{{ separator }}{{ domain | lower }}' as pattern,
        'own domain' as reason
    {%- endfor %}
    {%- endfor %}

),

named as (

    select
        node_id,
        id_type,
        id_value,
        first_seq,
        regexp_replace(split_part(split_part(id_value, '@', 1), '+', 1), '[-_.]', '', 'g') as word
    from {{ nodes }}

),

blocked as (

    select
        named.node_id,
        named.first_seq as crossed_seq,
        blocklist.reason
    from named
    cross join
        lateral (
            values
            ('exact', named.id_value),
            ('mailbox', named.word),
            ('mailbox', regexp_replace(named.word, '\d+$', '') || '#')
        ) as key (match, pattern)
    inner join blocklist
        on named.id_type = blocklist.id_type and key.match = blocklist.match and key.pattern = blocklist.pattern
    union all
    select
        named.node_id,
        named.first_seq as crossed_seq,
        blocklist.reason
    from named
    inner join blocklist
        on
            named.id_type = blocklist.id_type
            and case blocklist.match
                when 'prefix' then starts_with(named.id_value, blocklist.pattern)
                when 'suffix' then right(named.id_value, length(blocklist.pattern)) = blocklist.pattern
                when 'regex' then named.id_value ~ blocklist.pattern
            end

)
{%- endmacro %}
