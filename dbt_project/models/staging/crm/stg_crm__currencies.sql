select
    upper(c.currency) as currency,
    nullif(trim(c.full_name), '') as name,
    -- So many units of the portal's base currency for one of this.
    round({{ summable('c.amount') }} / nullif({{ summable('c.amount_cnt') }}, 0), 8) as rate,
    upper(coalesce(c.base, 'N')) in ('Y', 'TRUE', '1') as is_base,
    c.sort as sort_order,
    {{ moment('c.date_update') }} as modified_at,
    c._seq,
    c._next_seq
from {{ source('raw_crm', 'currency') }} as c
where {{ standing('c') }}
