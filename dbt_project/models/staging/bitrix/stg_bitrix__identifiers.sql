{% for part in ['account', 'visit', 'order'] %}
select
    _seq,
    rule,
    a_type,
    a_value,
    b_type,
    b_value,
    source_table,
    source_key,
    observed_at,
    {{ 'order_id' if part == 'order' else 'null::bigint as order_id' }}
from {{ ref('stg_bitrix__' ~ part ~ '_identifiers') }}
{% if not loop.last %}union all{% endif %}
{% endfor %}
