-- What people wrote where a phone or an e-mail belongs, as they wrote it: for int_identity__unread.
{% for table in ['contact', 'lead'] -%}
select
    c._seq,
    '{{ table }}' as source_table,
    c.id::text as source_key,
    typed.id_type as field,
    typed.id_type,
    item.value ->> 'VALUE' as value,
    c._loaded_at
from {{ source('raw_crm', table) }} as c
cross join
    lateral (
        values
        ('PHONE', {{ json_array('c.phone') }}),
        ('EMAIL', {{ json_array('c.email') }})
    ) as typed (id_type, items)
cross join lateral jsonb_array_elements(typed.items) as item
where {{ seen('c') }}
union all
{% endfor -%}
select
    a._seq,
    'activity' as source_table,
    a.id::text as source_key,
    'COMMUNICATIONS' as field,
    upper(item.value ->> 'TYPE') as id_type,
    item.value ->> 'VALUE' as value,
    a._loaded_at
from {{ source('raw_crm', 'activity') }} as a
cross join lateral jsonb_array_elements({{ json_array('a.communications') }}) as item
where {{ seen('a') }} and upper(item.value ->> 'TYPE') in ('PHONE', 'EMAIL')
