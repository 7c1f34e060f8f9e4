select
    p.id as order_property_id,
    p.person_type_id,
    p.name,
    p.code,
    p.type,
    -- A recipient's address is not the buyer's.
    coalesce(p.is_email, 'N') = 'Y' and {{ says_of('recipient', 'p') }} is false as is_email,
    -- Builds without the flag: only the conventional codes are left.
    coalesce(p.is_phone = 'Y', upper(p.code) in ('PHONE', 'TEL', 'MOBILE', 'CONTACT_PHONE'))
    and {{ says_of('recipient', 'p') }} is false as is_phone,
    coalesce(p.is_payer, 'N') = 'Y' as is_payer,
    coalesce(p.is_location = 'Y' or p.type = 'LOCATION', false) as is_location,
    coalesce(p.is_address = 'Y' or upper(p.code) in ('ADDRESS', 'CITY', 'REGION'), false) as is_address,
    coalesce(p.active, 'Y') = 'Y' as is_active,
    p._seq,
    p._next_seq
from {{ source('raw_bitrix', 'b_sale_order_props') }} as p
where {{ standing('p') }}
