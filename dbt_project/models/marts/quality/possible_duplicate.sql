-- One row per pair of CRM contacts or leads and rule by which they may be one person. A lead and its own
-- contact are no pair. Of several that share a mark each stands beside the first.
{{ config(materialized='view') }}

with firsts as (
    select
        record_type || ':' || record_id as record,
        contact_id,
        mark,
        value,
        first_value(record_type || ':' || record_id) over same as first_record,
        first_value(contact_id) over same as first_contact_id
    from {{ ref('int_quality__crm_marks') }}
    window same as (partition by mark, value order by record_type, record_id)
),

emails as (
    select
        record,
        contact_id,
        value as email,
        split_part(value, '@', 1) as local_part,
        split_part(value, '@', 2) as domain,
        -- Another digit is another person: ivan85 is not ivan86.
        translate(split_part(value, '@', 1), '0123456789', '') as letters
    from firsts
    where mark = 'email' and record = first_record
),

-- A letter too much, one less or another one: with one letter taken out at one place both are the same, or
-- one is the other. Short names are near each other by chance.
shortened as (
    select
        emails.*,
        place.i,
        overlay(emails.local_part placing '' from place.i for 1) as rest
    from emails
    cross join lateral generate_series(1, length(emails.local_part)) as place (i)
    where length(emails.local_part) between 6 and 64
),

near as (
    select distinct
        one.record as first_record,
        other.record,
        one.contact_id as first_contact_id,
        other.contact_id,
        one.email || ' ' || other.email as value
    from shortened as one
    inner join shortened as other
        on
            one.domain = other.domain
            and one.rest = other.rest
            and one.i = other.i
            and one.letters <> other.letters
            and one.email < other.email
    union
    select distinct
        one.record as first_record,
        other.record,
        one.contact_id as first_contact_id,
        other.contact_id,
        one.email || ' ' || other.email as value
    from shortened as one
    inner join emails as other on one.domain = other.domain and one.rest = other.local_part
    where one.letters <> other.letters
),

pairs as (
    select
        first_record,
        record,
        first_contact_id,
        contact_id,
        'same ' || mark as rule,
        value
    from firsts
    union all
    select
        first_record,
        record,
        first_contact_id,
        contact_id,
        'near email' as rule,
        value
    from near
),

named as (
    select distinct
        least(first_record, record) as first_record,
        greatest(first_record, record) as second_record,
        rule,
        value
    from pairs
    where record <> first_record and (contact_id is null or contact_id is distinct from first_contact_id)
)

select
    named.first_record || ' ' || named.second_record || ' ' || named.rule || ' ' || named.value as pair_id,
    named.first_record,
    named.second_record,
    named.rule,
    named.value,
    one.customer_uuid as first_customer_uuid,
    other.customer_uuid as second_customer_uuid,
    coalesce(one.customer_uuid = other.customer_uuid, false) as is_one_customer,
    coalesce(checks.state, 'open') as state,
    checks.note
from named
left join {{ ref('customer_identifier') }} as one
    on
        upper(split_part(named.first_record, ':', 1)) = one.id_type
        and split_part(named.first_record, ':', 2) = one.id_value
left join {{ ref('customer_identifier') }} as other
    on
        upper(split_part(named.second_record, ':', 1)) = other.id_type
        and split_part(named.second_record, ':', 2) = other.id_value
left join {{ ref('duplicate_checks') }} as checks
    on named.first_record = checks.first_record and named.second_record = checks.second_record
