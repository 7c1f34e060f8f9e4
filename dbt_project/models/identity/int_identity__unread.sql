-- Fields that should hold a phone or an e-mail and hold none that can be read, and those read by a guess. A
-- view on the macros of staging: exact at any moment, and an hour pays for it nothing but a count of its own
-- arrivals (`_seq` reaches the indexes of the raw tables).
{{ config(materialized='view') }}

with written as (
    {%- for source in sources_with('written') %}

    select
        _seq,
        source_table,
        source_key,
        field,
        id_type,
        value,
        _loaded_at
    from {{ ref('stg_' ~ source ~ '__written') }}
    {%- if not loop.last %}

    union all
    {%- endif %}
    {%- endfor %}

)

select
    written._seq,
    written.source_table,
    written.source_key,
    written.field,
    written.id_type,
    written.value,
    written._loaded_at,
    found.id_value as read_as,
    coalesce(
        found.mended,
        case
            when written.id_type = 'EMAIL' and written.value !~ '[@＠]' then 'no at sign'
            when written.id_type = 'EMAIL' then 'no such address'
            when {{ plain_text('written.value') }} !~ '\d' then 'no digits'
            when regexp_count({{ plain_text('written.value') }}, '\d') < 10 then 'too few digits'
            else 'no number of a known plan'
        end
    ) as reason
from written
left join lateral (
    select
        candidate.id_value,
        candidate.mended
    from (
        select
            phones.n,
            phones.phone as id_value,
            phones.mended
        from {{ phones_in('written.value') }} as phones
        where written.id_type = 'PHONE' and written.field <> 'exten'
        union all
        select
            0 as n,
            {{ dialled_phone('written.value') }} as id_value,
            null as mended
        where written.field = 'exten'
        union all
        select
            emails.n,
            emails.email as id_value,
            emails.mended
        from {{ emails_in('written.value') }} as emails
        where written.id_type = 'EMAIL'
    ) as candidate
    where candidate.id_value is not null and written.value <> ''
    -- Of several values in a field a guess counts before a sure one.
    order by candidate.mended is null, candidate.n
    limit 1
) as found on true
where
    (found.id_value is null or found.mended is not null)
    -- Blank, a dash or an input mask that nobody filled in: nothing was written.
    and regexp_replace(written.value, '[[:space:]()+_.\-–—]', '', 'g') not in ('', '7', '8')
