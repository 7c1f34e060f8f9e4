-- One row per audience (seed audiences) and customer that meets its rule as of the last run: whether they
-- may be reached, and why or why not. Hashes are there for members alone: what should not be uploaded
-- cannot be.
{{ config(materialized='view') }}

with met as (
    select * from {{ ref('int_customers__audience_met') }}
),

known as (
    select
        met.audience_id,
        met.customer_uuid,
        met.at,
        met.because,
        audiences.label_en,
        audiences.label_ru,
        coalesce(audiences.needs_consent, true) as needs_consent,
        profiles.phone,
        case when not coalesce(profiles.email = any(consent.dead_addresses), false) then profiles.email end
            as email,
        consent.dead_at,
        coalesce(consent.has_agreed, false) as has_agreed,
        consent.agreed_at,
        consent.agreed_in,
        coalesce(consent.has_refused, false) as has_refused,
        consent.refused_at,
        consent.refused_in,
        profiles.email is not null as has_email
    from met
    inner join {{ ref('audiences') }} as audiences on met.audience_id = audiences.audience_id
    inner join {{ ref('bl_customer_profile') }} as profiles on met.customer_uuid = profiles.customer_uuid
    left join {{ ref('int_customers__consent') }} as consent on met.customer_uuid = consent.customer_uuid
),

judged as (
    select
        *,
        case
            when needs_consent and has_refused
                then 'left letters' || {{ told_when('refused_in', 'refused_at') }}
            when email is null and phone is null and has_email
                then 'the e-mail takes no letters' || {{ told_when("'provider'", 'dead_at') }} || ', no phone'
            when email is null and phone is null then 'neither e-mail nor phone is known'
            when needs_consent and not has_agreed then 'never agreed to letters'
        end as out_because
    from known
)

select
    audience_id,
    customer_uuid,
    label_en,
    label_ru,
    out_because is null as is_member,
    because || '; ' || coalesce(
        'out: ' || out_because,
        case
            when needs_consent then 'in: agreed to letters' || {{ told_when('agreed_in', 'agreed_at') }}
            else 'in: needs no consent'
        end
    ) as reason,
    at as met_at,
    needs_consent,
    has_agreed and not has_refused as has_consent,
    agreed_at,
    refused_at,
    email is not null as is_reachable_by_email,
    phone is not null as is_reachable_by_phone,
    case when out_because is null then encode(sha256(convert_to(email, 'UTF8')), 'hex') end as email_sha256,
    -- Digits without a plus, as Yandex and VK ask for them.
    case when out_because is null then encode(sha256(convert_to(ltrim(phone, '+'), 'UTF8')), 'hex') end
        as phone_sha256
from judged
