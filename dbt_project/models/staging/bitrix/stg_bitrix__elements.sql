select
    e.id as element_id,
    e.iblock_id,
    e.iblock_section_id as section_id,
    nullif(trim(e.name), '') as name,
    e.xml_id,
    -- 1C names an offer after its product: product#offer.
    substring(e.xml_id from '^([^#]+)#') as parent_xml_id,
    e._seq,
    e._next_seq
from {{ source('raw_bitrix', 'b_iblock_element') }} as e
where {{ standing('e') }}
