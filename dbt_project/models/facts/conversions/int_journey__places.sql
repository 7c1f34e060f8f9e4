-- One row per place the shop delivers to, with its region: that of the nearest place around it, itself
-- first, which the seed `regions` names, else its own name. All fall together (`tree`): a place takes along
-- what lies in it, and an import of places is rare.
{{ config(
    key='tree',
    unique_key='location_id',
    follows={
        'stg_bitrix__locations': {'by': {'tree': "'places'"}},
        'stg_bitrix__location_names': {'by': {'tree': "'places'"}},
    },
    reads={
        'stg_bitrix__locations': ['location_id', 'code', 'parent_id'],
        'stg_bitrix__location_names': ['location_name_id', 'location_id', 'language_id', 'name'],
    },
    reads_as_rule=['regions'],
    indexes=[{'columns': ['location_id'], 'unique': true}, {'columns': ['code']}, {'columns': ['tree']}],
) }}
{%- set levels = 8 %}

with names as (
    select
        location_id,
        (array_agg(name order by language_id = 'ru' desc, location_name_id))[1] as name
    from {{ ref('stg_bitrix__location_names') }}
    where name is not null
    group by location_id
),

-- What the seed says of a place itself.
named as (
    select
        places.location_id,
        places.code,
        places.parent_id,
        names.name,
        regions.region
    from {{ ref('stg_bitrix__locations') }} as places
    left join names on places.location_id = names.location_id
    left join {{ ref('regions') }} as regions on {{ place_name('names.name') }} = regions.name
),

level_1 as (
    select * from named
),

{% for level in range(2, levels + 1) -%}
level_{{ level }} as (
    select
        below.location_id,
        below.code,
        above.parent_id,
        below.name,
        coalesce(below.region, above.region) as region
    from level_{{ level - 1 }} as below
    left join named as above on below.parent_id = above.location_id
),

{% endfor -%}
placed as (
    select * from level_{{ levels }}
)

select
    location_id,
    code,
    'places' as tree,
    coalesce(region, name) as region
from placed
