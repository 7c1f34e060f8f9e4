{%- set field = env_var('CRM_SITE_USER_FIELD', '') or 'UF_SITE_MEMBER_ID' -%}
{%- set site_user = id_in("c.uf ->> '" ~ field ~ "'") -%}
with contacts as (
    select
        c._seq,
        seen_with.rule,
        'CONTACT' as a_type,
        c.id::text as a_value,
        seen_with.b_type,
        seen_with.b_value,
        'contact' as source_table,
        c.id::text as source_key,
        coalesce({{ moment('seen_with.at') }}, c._loaded_at) as observed_at
    from {{ source('raw_crm', 'contact') }} as c
    cross join
        lateral (
            -- The contact alone at its birth; its addresses when they were last written.
            select
                'contact_phone' as rule,
                null as b_type,
                null as b_value,
                c.date_create as at
            union all
            select
                'contact_phone' as rule,
                'PHONE' as b_type,
                p.phone as b_value,
                c.date_modify as at
            from jsonb_array_elements({{ json_array('c.phone') }}) as field (item)
            cross join lateral {{ phones_in("(field.item ->> 'VALUE')") }} as p
            union all
            select
                'contact_email' as rule,
                'EMAIL' as b_type,
                e.email as b_value,
                c.date_modify as at
            from jsonb_array_elements({{ json_array('c.email') }}) as field (item)
            cross join lateral {{ emails_in("(field.item ->> 'VALUE')") }} as e
            union all
            select
                'contact_site_user' as rule,
                'USER' as b_type,
                {{ site_user }} as b_value,
                c.date_modify as at
            where {{ site_user }} is not null
        ) as seen_with
    where {{ seen('c') }}
),

leads as (
    select
        l._seq,
        seen_with.rule,
        'LEAD' as a_type,
        l.id::text as a_value,
        seen_with.b_type,
        seen_with.b_value,
        'lead' as source_table,
        l.id::text as source_key,
        coalesce({{ moment('seen_with.at') }}, l._loaded_at) as observed_at
    from {{ source('raw_crm', 'lead') }} as l
    cross join
        lateral (
            select
                'lead_phone' as rule,
                null as b_type,
                null as b_value,
                l.date_create as at
            union all
            select
                'lead_phone' as rule,
                'PHONE' as b_type,
                p.phone as b_value,
                l.date_modify as at
            from jsonb_array_elements({{ json_array('l.phone') }}) as field (item)
            cross join lateral {{ phones_in("(field.item ->> 'VALUE')") }} as p
            union all
            select
                'lead_email' as rule,
                'EMAIL' as b_type,
                e.email as b_value,
                l.date_modify as at
            from jsonb_array_elements({{ json_array('l.email') }}) as field (item)
            cross join lateral {{ emails_in("(field.item ->> 'VALUE')") }} as e
            union all
            select
                'lead_contact' as rule,
                'CONTACT' as b_type,
                l.contact_id::text as b_value,
                l.date_modify as at
            where l.contact_id > 0
        ) as seen_with
    where {{ seen('l') }}
)

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
from contacts
union all
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
from leads
union all
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
from {{ ref('stg_crm__activity_identifiers') }}
