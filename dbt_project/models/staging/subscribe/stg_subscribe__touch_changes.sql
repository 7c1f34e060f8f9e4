-- Opens and clicks take the address from the recipient's contact and the campaign from the mailing. Of a
-- mailing only its number matters: its state changes all the time and would name every letter again.
with
{%- for event in ['read', 'click'] %}
{{ event }}_changes as not materialized (
    select
        c.id,
        c._seq
    from {{ source('raw_subscribe', 'b_sender_posting_' ~ event) }} as c
    where c._seq <= {{ up_to_seq() }}
    union all
    select
        e.id,
        c._seq
    from {{ source('raw_subscribe', 'b_sender_posting_recipient') }} as c
    inner join {{ source('raw_subscribe', 'b_sender_posting_' ~ event) }} as e on c.id = e.recipient_id
    where c._seq <= {{ up_to_seq() }}
    union all
    select
        e.id,
        c._seq
    from {{ source('raw_subscribe', 'b_sender_contact') }} as c
    inner join {{ source('raw_subscribe', 'b_sender_posting_recipient') }} as r on c.id = r.contact_id
    inner join {{ source('raw_subscribe', 'b_sender_posting_' ~ event) }} as e on r.id = e.recipient_id
    where c._seq <= {{ up_to_seq() }}
    union all
    select
        e.id,
        c._seq
    from {{ source('raw_subscribe', 'b_sender_posting') }} as c
    inner join {{ source('raw_subscribe', 'b_sender_posting_' ~ event) }} as e on c.id = e.posting_id
    where
        c._seq <= {{ up_to_seq() }}
        and not exists (
            select 1 from {{ source('raw_subscribe', 'b_sender_posting') }} as before
            where
                before.id = c.id
                and before._next_seq = c._seq
                and before.mailing_id is not distinct from c.mailing_id
                and before._deleted = c._deleted
        )
){{ ',' if not loop.last }}
{% endfor %}
{%- for event, origin in [('read', 'open'), ('click', 'click')] %}
select distinct
    'subscribe.{{ origin }}:' || c.id as touch_id,
    '{{ origin }}' as origin,
    c.id as origin_id,
    null::text as origin_text,
    c._seq
from {{ event }}_changes as c
{{ 'union all' if not loop.last }}
{%- endfor %}
