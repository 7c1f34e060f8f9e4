-- One row per section of a catalogue: its path from the top, and the sections it lies in, itself first. All
-- of an infoblock fall together, for a section that is renamed or moved takes along what is below it. Of more
-- than eight levels the path shows the lowest.
{{ config(
    key='iblock_id',
    unique_key='section_id',
    follows={'stg_bitrix__sections': 'iblock_id'},
    reads={'stg_bitrix__sections': ['section_id', 'iblock_id', 'parent_id', 'name']},
    indexes=[{'columns': ['section_id'], 'unique': true}, {'columns': ['iblock_id']}],
) }}
{%- set levels = 8 %}

with level_1 as (
    select
        section_id,
        iblock_id,
        parent_id,
        name as section_path,
        array[section_id] as lineage
    from {{ ref('stg_bitrix__sections') }}
    where iblock_id is not null
),

{% for level in range(2, levels + 1) -%}
level_{{ level }} as (
    select
        below.section_id,
        below.iblock_id,
        above.parent_id,
        concat_ws(' / ', above.name, below.section_path) as section_path,
        below.lineage || coalesce(array[above.section_id], array[]::bigint[]) as lineage
    from level_{{ level - 1 }} as below
    left join {{ ref('stg_bitrix__sections') }} as above
        on below.parent_id = above.section_id and below.iblock_id = above.iblock_id
){{ ',' if not loop.last }}

{% endfor -%}
select
    section_id,
    iblock_id,
    section_path,
    lineage
from level_{{ levels }}
