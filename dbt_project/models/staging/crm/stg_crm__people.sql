-- Who a contact or a lead says it is of, by version. A lead of a contact often repeats its name.
{%- set born = "substring(one.payload ->> 'BIRTHDATE' from '^[0-9]{4}-[0-9]{2}-[0-9]{2}')" %}
{%- for table, type in [('contact', 'CONTACT'), ('lead', 'LEAD')] %}
select
    one._seq,
    '{{ type }}' as a_type,
    one.id::text as a_value,
    null::text as b_type,
    null::text as b_value,
    one.name as given,
    one.last_name as surname,
    {{ born }} as birthday
from {{ source('raw_crm', table) }} as one
where {{ seen('one') }} and (one.name <> '' or one.last_name <> '' or {{ born }} is not null)
{% if not loop.last %}union all{% endif %}
{%- endfor %}
