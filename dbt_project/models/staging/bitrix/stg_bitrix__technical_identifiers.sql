-- Accounts that are no person, their cookies, and the cookies of managers: seen with many, they are nobody's.
-- `_seq` is the arrival that completed it: the account's or the cookie's, each half by the bare `_seq` of its
-- table. A cookie comes once for each version that names the account.
{%- set owners = [
    ('stg_bitrix__technical_users', 'technical account', 'cookie of a technical account'),
    ('stg_bitrix__staff_users', none, 'cookie of a manager'),
] %}
{%- for model, of_user, of_cookie in owners %}
{%- if of_user %}
select
    t._seq,
    'USER' as id_type,
    t.user_id::text as id_value,
    '{{ of_user }}' as reason
from {{ ref(model) }} as t
union all
{%- endif %}
{%- for later, earlier in [('f', 't'), ('t', 'f')] %}
select
    {{ later }}._seq,
    'FUSER' as id_type,
    f.id::text as id_value,
    '{{ of_cookie }}' as reason
from {{ source('raw_bitrix', 'b_sale_fuser') }} as f
inner join {{ ref(model) }} as t on f.user_id = t.user_id
where {{ seen('f') }} and {{ earlier }}._seq < {{ later }}._seq
{{ 'union all' if not loop.last }}
{%- endfor %}
{{ 'union all' if not loop.last }}
{%- endfor %}
