-- Numbers of callers from outside and numbers dialled outside, as the exchange wrote them: for
-- int_identity__unread. Who withholds a number wrote none; five digits or less are a colleague.
with openings as (
    select
        e.*,
        {{ is_trunk('e.channame', 'e.context') }} as is_incoming
    from {{ source('raw_cel', 'cel') }} as e
    where {{ seen('e') }} and e.uniqueid = e.linkedid and upper(trim(e.eventtype)) = 'CHAN_START'
)

select
    o._seq,
    'cel' as source_table,
    o.linkedid as source_key,
    case when o.is_incoming then 'cid_num' else 'exten' end as field,
    'PHONE' as id_type,
    case when o.is_incoming then o.cid_num else o.exten end as value,
    o._loaded_at
from openings as o
where
    case
        when o.is_incoming
            then o.cid_num !~* '^\W*(anonymous|unknown|private|restricted|unavailable|withheld|s)?\W*$'
        else o.exten ~ '\d{6}'
    end
