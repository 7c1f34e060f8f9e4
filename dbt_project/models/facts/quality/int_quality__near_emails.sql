-- One row per pair of CRM contacts or leads whose e-mails of one domain differ by one letter, or by two that
-- changed places, and who have the same name or the same phone besides.
{{ config(materialized='view') }}

with evidence as (
    select distinct on (other.mark, other.value, emails.value)
        emails.record_type || ':' || emails.record_id as record,
        emails.contact_id,
        emails.value as email,
        split_part(emails.value, '@', 1) as local_part,
        -- What both must have in common: this mark, and the domain.
        other.mark || ' ' || other.value || ' ' || split_part(emails.value, '@', 2) as block
    from {{ ref('int_quality__crm_marks') }} as emails
    inner join {{ ref('int_quality__crm_marks') }} as other
        on emails.record_type = other.record_type and emails.record_id = other.record_id
    where emails.mark = 'email' and other.mark in ('name', 'phone') and emails.record_type <> 'company'
    -- One record is enough for each address.
    order by other.mark, other.value, emails.value, emails.record_type, emails.record_id
),

-- Short names are near each other by chance.
blocks as (
    select
        evidence.*,
        -- Another digit is another person: ivan85 is not ivan86.
        translate(evidence.local_part, '0123456789', '') as letters,
        count(*) over (partition by evidence.block) as addresses
    from evidence
    where length(evidence.local_part) between 6 and 64
),

cut as (
    select
        blocks.*,
        place.i,
        left(blocks.local_part, place.i - 1) as head,
        substr(blocks.local_part, place.i, 1) as letter,
        substr(blocks.local_part, place.i + 1, 1) as neighbour,
        substr(blocks.local_part, place.i + 2) as tail
    from blocks
    cross join lateral generate_series(1, length(blocks.local_part)) as place (i)
    where blocks.addresses > 1
),

-- Without the letter at one place both are the same (another letter there); without it one is the other (one
-- too many, or doubled); with two neighbours in the order of the alphabet one is the other (they changed
-- places).
spellings as (
    select
        cut.*,
        form.place,
        form.spelling,
        form.asks,
        form.answers
    from cut
    cross join
        lateral (
            values
            (cut.i, cut.head || cut.neighbour || cut.tail, true, true),
            (0, cut.head || cut.neighbour || cut.tail, true, false),
            (
                0, cut.head || cut.neighbour || cut.letter || cut.tail,
                cut.letter > cut.neighbour and cut.neighbour <> '', false
            ),
            (0, cut.local_part, false, cut.i = 1)
        ) as form (place, spelling, asks, answers)
)

select distinct
    least(one.record, other.record) as first_record,
    greatest(one.record, other.record) as second_record,
    least(one.email, other.email) || ' ' || greatest(one.email, other.email) as value
from spellings as one
inner join spellings as other
    on one.block = other.block and one.place = other.place and one.spelling = other.spelling
where
    one.asks
    and other.answers
    and one.letters <> other.letters
    and one.record <> other.record
    and (one.contact_id is null or one.contact_id is distinct from other.contact_id)
