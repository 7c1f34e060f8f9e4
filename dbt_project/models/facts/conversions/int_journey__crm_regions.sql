-- One row per CRM contact or lead that tells its region: by the town, then the region and the district of its
-- address as far as the seed `regions` knows their names, else by the code of the first phone that stands
-- somewhere (seed `phone_regions`). A deal has no address of its own.
{%- set contact = {'record_type': "'contact'", 'record_id': 'contact_id'} %}
{%- set lead = {'record_type': "'lead'", 'record_id': 'lead_id'} %}
{{ config(
    key=['record_type', 'record_id'],
    unique_key=['record_type', 'record_id'],
    follows={'stg_crm__contacts': {'by': contact}, 'stg_crm__leads': {'by': lead}},
    reads={
        'stg_crm__contacts': ['contact_id', 'address_names', 'phones'],
        'stg_crm__leads': ['lead_id', 'address_names', 'phones'],
    },
    reads_as_rule=['regions', 'phone_regions'],
    indexes=[{'columns': ['record_id', 'record_type'], 'unique': true}],
) }}

with records as (
    select
        'contact' as record_type,
        contact_id as record_id,
        address_names,
        phones
    from {{ ref('stg_crm__contacts') }}
    union all
    select
        'lead' as record_type,
        lead_id as record_id,
        address_names,
        phones
    from {{ ref('stg_crm__leads') }}
),

addresses as (
    select distinct on (records.record_type, records.record_id)
        records.record_type,
        records.record_id,
        regions.region
    from records
    cross join lateral unnest(records.address_names) with ordinality as told (name, place)
    inner join {{ ref('regions') }} as regions on {{ place_name('told.name') }} = regions.name
    order by records.record_type, records.record_id, told.place
),

codes as (
    select
        records.record_type,
        records.record_id,
        item.place,
        substring({{ normalise_phone("item.told ->> 'VALUE'") }} from '^\+7(\d{5})') as code
    from records
    cross join
        lateral jsonb_array_elements({{ json_array('records.phones') }}) with ordinality as item (told, place)
),

phones as (
    select distinct on (codes.record_type, codes.record_id)
        codes.record_type,
        codes.record_id,
        known.region
    from codes
    inner join {{ ref('phone_regions') }} as known
        on known.code in (left(codes.code, 5), left(codes.code, 4), left(codes.code, 3))
    order by codes.record_type, codes.record_id, codes.place, length(known.code) desc
)

select
    records.record_type,
    records.record_id,
    coalesce(addresses.region, phones.region) as region,
    case when addresses.region is not null then 'address' else 'phone' end as region_source
from records
left join addresses
    on records.record_type = addresses.record_type and records.record_id = addresses.record_id
left join phones on records.record_type = phones.record_type and records.record_id = phones.record_id
where coalesce(addresses.region, phones.region) is not null
