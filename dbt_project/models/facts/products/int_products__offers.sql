-- One row per offer (a size, a colour) that 1C named after its product: where products find their offers.
{{ config(
    key='element_id',
    unique_key='element_id',
    follows={'stg_bitrix__elements': 'element_id'},
    reads={'stg_bitrix__elements': ['element_id', 'parent_xml_id']},
    indexes=[{'columns': ['element_id'], 'unique': true}, {'columns': ['parent_xml_id']}],
) }}

select
    element_id,
    parent_xml_id
from {{ ref('stg_bitrix__elements') }}
where parent_xml_id is not null
