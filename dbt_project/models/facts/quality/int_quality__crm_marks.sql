-- One row per contact or lead of the CRM and mark by which another may be the same person: a phone, an
-- e-mail, a name with a birthday, as they stand now.
{{ config(
    key=['record_type', 'record_id'],
    unique_key=['record_type', 'record_id', 'mark', 'value'],
    follows={
        'stg_crm__contacts': {'by': {'record_type': "'contact'", 'record_id': 'contact_id'}},
        'stg_crm__leads': {'by': {'record_type': "'lead'", 'record_id': 'lead_id'}},
    },
    reads={
        'stg_crm__contacts': ['contact_id', 'first_name', 'last_name', 'birthday', 'phones', 'emails'],
        'stg_crm__leads': ['lead_id', 'contact_id', 'first_name', 'last_name', 'birthday', 'phones', 'emails'],
    },
    indexes=[
        {'columns': ['record_type', 'record_id', 'mark', 'value'], 'unique': true},
    ],
) }}

with records as (
    select
        'contact' as record_type,
        contact_id as record_id,
        contact_id,
        first_name,
        last_name,
        birthday,
        phones,
        emails
    from {{ ref('stg_crm__contacts') }}
    union all
    select
        'lead' as record_type,
        lead_id as record_id,
        contact_id,
        first_name,
        last_name,
        birthday,
        phones,
        emails
    from {{ ref('stg_crm__leads') }}
)

select
    records.record_type,
    records.record_id,
    records.contact_id,
    marks.mark,
    marks.value
from records
cross join
    lateral (
        select
            'phone' as mark,
            found.phone as value
        from jsonb_array_elements({{ json_array('records.phones') }}) as field (item)
        cross join lateral {{ phones_in("(field.item ->> 'VALUE')") }} as found
        union
        select
            'email' as mark,
            found.email as value
        from jsonb_array_elements({{ json_array('records.emails') }}) as field (item)
        cross join lateral {{ emails_in("(field.item ->> 'VALUE')") }} as found
        union
        select
            'name and birthday' as mark,
            replace(lower(trim(records.last_name) || ' ' || trim(records.first_name)), 'ё', 'е')
            || ' ' || records.birthday as value
        where trim(records.last_name) <> '' and trim(records.first_name) <> ''
    ) as marks
where marks.value is not null
