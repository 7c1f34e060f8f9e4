-- One row per product or offer of the catalogue: its name, and the section that it or its product stands in.
-- `section_path` tells where it is, or why nobody knows.
{{ config(
    key='product_id',
    unique_key='product_id',
    follows={
        'stg_bitrix__elements': [
            {'by': {'product_id': 'element_id'}},
            {'through': 'int_products__offers', 'on': {'xml_id': 'parent_xml_id'}},
        ],
        'int_products__offers': {'by': {'product_id': 'element_id'}},
        'int_products__sections': {'through': 'stg_bitrix__elements', 'on': {'section_id': 'section_id'}},
    },
    reads={'stg_bitrix__elements': ['element_id', 'section_id', 'name', 'xml_id']},
    indexes=[{'columns': ['product_id'], 'unique': true}],
) }}

with parents as (
    select
        offers.element_id,
        min(elements.element_id) as parent_id
    from {{ ref('int_products__offers') }} as offers
    inner join {{ ref('stg_bitrix__elements') }} as elements on offers.parent_xml_id = elements.xml_id
    group by offers.element_id
),

placed as (
    select
        elements.element_id as product_id,
        elements.name,
        parents.parent_id,
        coalesce(nullif(elements.section_id, 0), nullif(parent.section_id, 0)) as section_id
    from {{ ref('stg_bitrix__elements') }} as elements
    left join parents on elements.element_id = parents.element_id
    left join {{ ref('stg_bitrix__elements') }} as parent on parents.parent_id = parent.element_id
)

select
    placed.product_id,
    placed.name,
    placed.parent_id,
    sections.section_id,
    sections.lineage,
    coalesce(
        sections.section_path,
        case when placed.section_id is null then '(no section)' else '(section is gone)' end
    ) as section_path
from placed
left join {{ ref('int_products__sections') }} as sections on placed.section_id = sections.section_id
