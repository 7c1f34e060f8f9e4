-- What people wrote where a phone or an e-mail belongs, as they wrote it: for int_identity__unread.
-- A property counts by its definition of today: the list is asked, not kept.
select
    u._seq,
    'b_user' as source_table,
    u.id::text as source_key,
    typed.field,
    typed.id_type,
    typed.value,
    u._loaded_at
from {{ source('raw_bitrix', 'b_user') }} as u
left join {{ ref('technical_user_types') }} as t on lower(u.external_auth_id) = t.external_auth_id
cross join
    lateral (
        values
        ('EMAIL', 'EMAIL', u.email),
        ('PERSONAL_PHONE', 'PHONE', u.personal_phone),
        ('PERSONAL_MOBILE', 'PHONE', u.personal_mobile)
    ) as typed (field, id_type, value)
where {{ seen('u') }} and t.external_auth_id is null
union all
select
    a._seq,
    'b_user_phone_auth' as source_table,
    a.user_id::text as source_key,
    'PHONE_NUMBER' as field,
    'PHONE' as id_type,
    a.phone_number as value,
    a._loaded_at
from {{ source('raw_bitrix', 'b_user_phone_auth') }} as a
where {{ seen('a') }} and a.confirmed = 'Y'
union all
select
    v._seq,
    'b_sale_order_props_value' as source_table,
    v.id::text as source_key,
    kind.field,
    kind.id_type,
    v.value,
    v._loaded_at
from {{ source('raw_bitrix', 'b_sale_order_props_value') }} as v
inner join {{ ref('stg_bitrix__order_properties') }} as p on v.order_props_id = p.order_property_id
cross join
    lateral (
        values
        ('EMAIL', 'EMAIL', p.is_email),
        ('PHONE', 'PHONE', p.is_phone)
    ) as kind (field, id_type, is_this)
where {{ seen('v') }} and kind.is_this
