-- One row per order whose region its form tells: by the place chosen, else the first name of the address
-- that the seed `regions` knows, else the code of a phone that stands somewhere (seed `phone_regions`;
-- mobile phones are at home in no city).
{{ config(
    key='order_id',
    unique_key='order_id',
    follows={
        'int_journey__order_places': 'order_id',
        'int_journey__places': [
            {'through': 'int_journey__order_places', 'on': {'code': 'location_code'}},
            {'through': 'int_journey__order_places', 'on': {'location_id': 'location_id'}},
        ],
    },
    reads={'int_journey__places': ['location_id', 'code', 'region']},
    reads_as_rule=['regions', 'phone_regions'],
    indexes=[{'columns': ['order_id'], 'unique': true}],
) }}

with codes as (
    select
        code,
        min(region) as region
    from {{ ref('int_journey__places') }}
    where code is not null
    group by code
),

addresses as (
    select distinct on (places.order_id)
        places.order_id,
        regions.region
    from {{ ref('int_journey__order_places') }} as places
    cross join lateral unnest(places.address_names) with ordinality as piece (name, place)
    inner join {{ ref('regions') }} as regions on piece.name = regions.name
    order by places.order_id asc, piece.place asc
),

found as (
    select
        places.order_id,
        coalesce(codes.region, ids.region) as location_region,
        addresses.region as address_region,
        coalesce(code_5.region, code_4.region, code_3.region) as phone_region
    from {{ ref('int_journey__order_places') }} as places
    left join codes on places.location_code = codes.code
    left join {{ ref('int_journey__places') }} as ids on places.location_id = ids.location_id
    left join addresses on places.order_id = addresses.order_id
    {%- for digits in [5, 4, 3] %}
    left join {{ ref('phone_regions') }} as code_{{ digits }}
        on left(places.phone_code, {{ digits }}) = code_{{ digits }}.code
    {%- endfor %}
)

select
    order_id,
    coalesce(location_region, address_region, phone_region) as region,
    case
        when location_region is not null then 'location'
        when address_region is not null then 'address'
        else 'phone'
    end as region_source
from found
where coalesce(location_region, address_region, phone_region) is not null
