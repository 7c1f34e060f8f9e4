-- One row per contact, lead or company of the CRM and mark by which another may be the same: a phone, an
-- e-mail, a name, a name with a birthday, a title, an INN, as they stand now.
{{ config(
    key=['record_type', 'record_id'],
    unique_key=['record_type', 'record_id', 'mark', 'value'],
    follows={
        'stg_crm__contacts': {'by': {'record_type': "'contact'", 'record_id': 'contact_id'}},
        'stg_crm__leads': {'by': {'record_type': "'lead'", 'record_id': 'lead_id'}},
        'stg_crm__companies': {'by': {'record_type': "'company'", 'record_id': 'company_id'}},
        'stg_crm__requisites': {
            'by': {'record_type': "'company'", 'record_id': 'entity_id'}, 'when': 'entry.entity_type_id = 4',
        },
    },
    reads={
        'stg_crm__contacts': ['contact_id', 'first_name', 'last_name', 'birthday', 'phones', 'emails'],
        'stg_crm__leads': ['lead_id', 'contact_id', 'first_name', 'last_name', 'birthday', 'phones', 'emails'],
        'stg_crm__companies': ['company_id', 'title', 'phones', 'emails'],
        'stg_crm__requisites': ['entity_type_id', 'entity_id', 'inn'],
    },
    reads_as_rule=['email_domain_typos'],
    indexes=[{'columns': ['record_type', 'record_id', 'mark', 'value'], 'unique': true}],
) }}
{%- set forms = 'ооо|оао|зао|пао|нао|ао|ип|чп|тоо|нко|ано|гк|llc|ltd|inc|gmbh' %}
{%- set whole_forms = 'общество с ограниченной ответственностью|индивидуальный предприниматель'
    ~ '|(?:(?:публичное|непубличное|закрытое|открытое) )?акционерное общество' %}

with records as (
    select
        'contact' as record_type,
        contact_id as record_id,
        contact_id,
        concat_ws(' ', last_name, first_name) as name,
        birthday,
        null as title,
        phones,
        emails
    from {{ ref('stg_crm__contacts') }}
    union all
    select
        'lead' as record_type,
        lead_id as record_id,
        contact_id,
        concat_ws(' ', last_name, first_name) as name,
        birthday,
        null as title,
        phones,
        emails
    from {{ ref('stg_crm__leads') }}
    union all
    select
        'company' as record_type,
        company_id as record_id,
        null::bigint as contact_id,
        null as name,
        null as birthday,
        ' ' || regexp_replace(replace(lower(title), 'ё', 'е'), '[^[:alnum:]]+', ' ', 'g') || ' ' as title,
        phones,
        emails
    from {{ ref('stg_crm__companies') }}
),

named as (
    select
        records.*,
        -- Surname and name stand in either field, or both in one.
        (
            select string_agg(word.part, ' ' order by word.part)
            from regexp_split_to_table(replace(lower(records.name), 'ё', 'е'), '[^[:alpha:]]+') as word (part)
            where word.part <> ''
        ) as words,
        trim(regexp_replace(records.title, ' (?:{{ whole_forms }}|{{ forms }})(?= )', '', 'g')) as plain_title
    from records
)

select
    named.record_type,
    named.record_id,
    named.contact_id,
    marks.mark,
    marks.value
from named
cross join
    lateral (
        select
            'phone' as mark,
            found.phone as value
        from jsonb_array_elements({{ json_array('named.phones') }}) as field (item)
        cross join lateral {{ phones_in("(field.item ->> 'VALUE')") }} as found
        union
        select
            'email' as mark,
            found.email as value
        from jsonb_array_elements({{ json_array('named.emails') }}) as field (item)
        cross join lateral {{ emails_in("(field.item ->> 'VALUE')") }} as found
        union
        -- As typed, for what ends in yandex.r is no address at all.
        select
            'mended email' as mark,
            split_part(lower(trim(field.item ->> 'VALUE')), '@', 1) || '@' || typos.meant as value
        from jsonb_array_elements({{ json_array('named.emails') }}) as field (item)
        inner join {{ ref('email_domain_typos') }} as typos
            on split_part(lower(trim(field.item ->> 'VALUE')), '@', 2) = typos.typed
        where lower(trim(field.item ->> 'VALUE')) ~ '^[a-z0-9_][a-z0-9_.+-]*@'
        union
        select
            'name' as mark,
            named.words as value
        where named.words like '% %'
        union
        select
            'name and birthday' as mark,
            named.words || ' ' || named.birthday as value
        where named.words like '% %'
        union
        select
            'title' as mark,
            named.plain_title as value
        where length(named.plain_title) >= 3
        union
        select
            'inn' as mark,
            requisites.inn as value
        from {{ ref('stg_crm__requisites') }} as requisites
        where
            named.record_type = 'company'
            and requisites.entity_id = named.record_id
            and requisites.entity_type_id = 4
    ) as marks
where marks.value is not null
