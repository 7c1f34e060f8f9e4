-- One row per pair of CRM contacts or leads, or of companies, and rule by which they may be one. A lead and
-- its own contact are no pair. Of several that share a mark each stands beside the first.
{{ config(materialized='view') }}

with marks as (
    select
        record_type || ':' || record_id as record,
        record_type,
        record_id,
        record_type = 'company' as is_company,
        contact_id,
        mark,
        value
    from {{ ref('int_quality__crm_marks') }}
    where mark <> 'name'
),

firsts as (
    select
        record,
        contact_id,
        'same ' || mark as rule,
        value,
        first_value(record) over same as first_record,
        first_value(contact_id) over same as first_contact_id
    from marks
    where mark <> 'mended email'
    window same as (partition by is_company, mark, value order by record_type, record_id)
    union all
    -- Beside who has the address that was meant, if somebody has it.
    select
        record,
        contact_id,
        case mark when 'mended email' then 'misspelt domain' end as rule,
        value,
        first_value(record) over same as first_record,
        first_value(contact_id) over same as first_contact_id
    from marks
    where mark in ('email', 'mended email')
    window same as (partition by is_company, value order by mark, record_type, record_id)
),

pairs as (
    select distinct
        least(first_record, record) as first_record,
        greatest(first_record, record) as second_record,
        rule,
        value
    from firsts
    where
        rule is not null
        and record <> first_record
        and (contact_id is null or contact_id is distinct from first_contact_id)
    union all
    select
        first_record,
        second_record,
        'near email' as rule,
        value
    from {{ ref('int_quality__near_emails') }}
),

inns as (
    select
        record,
        array_agg(value) as inns
    from marks
    where mark = 'inn'
    group by record
)

select
    pairs.first_record || ' ' || pairs.second_record || ' ' || pairs.rule || ' ' || pairs.value as pair_id,
    pairs.first_record,
    pairs.second_record,
    pairs.rule,
    pairs.value,
    one.customer_uuid as first_customer_uuid,
    other.customer_uuid as second_customer_uuid,
    coalesce(one.customer_uuid = other.customer_uuid, false) as is_one_customer,
    coalesce(checks.state, 'open') as state,
    checks.note
from pairs
left join {{ ref('customer_identifier') }} as one
    on
        upper(split_part(pairs.first_record, ':', 1)) = one.id_type
        and split_part(pairs.first_record, ':', 2) = one.id_value
left join {{ ref('customer_identifier') }} as other
    on
        upper(split_part(pairs.second_record, ':', 1)) = other.id_type
        and split_part(pairs.second_record, ':', 2) = other.id_value
left join {{ ref('duplicate_checks') }} as checks
    on pairs.first_record = checks.first_record and pairs.second_record = checks.second_record
left join inns as first_inns on pairs.first_record = first_inns.record
left join inns as second_inns on pairs.second_record = second_inns.record
-- Of one title with another INN are two firms.
where pairs.rule <> 'same title' or coalesce(first_inns.inns && second_inns.inns, true)
