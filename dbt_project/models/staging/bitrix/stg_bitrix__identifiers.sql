-- Without those of orders, which an hour reads order by order (stg_bitrix__order_identifiers).
{% for part in ['account', 'visit'] %}
select
    _seq,
    rule,
    a_type,
    a_value,
    b_type,
    b_value,
    source_table,
    source_key,
    observed_at
from {{ ref('stg_bitrix__' ~ part ~ '_identifiers') }}
{% if not loop.last %}union all{% endif %}
{% endfor %}
