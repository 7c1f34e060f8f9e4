-- The address of a campaign by SMS is a phone (tables.py). The provider tells the last state of a letter:
-- what was known to be read or clicked stays so when its reader leaves or calls it spam. Who leaves by the
-- link in a letter has opened it.
select
    d.campaign_id,
    d.email as email_written,
    {{ normalise_email('d.email') }} as email,
    {{ normalise_phone('d.phone') }} as phone,
    d.phone is not null as is_sms,
    d.send_result,
    {{ source_time('ESP', 'd.last_update') }} as at,
    case
        when d.send_result in ('ok_read', 'ok_link_visited') then d.send_result
        else coalesce(former.send_result, case d.send_result when 'ok_unsubscribed' then 'ok_read' end)
    end as read_result,
    {{ source_time('ESP', 'coalesce(former.last_update, d.last_update)') }} as read_at,
    d._seq,
    d._next_seq
from {{ source('raw_esp', 'unisender_delivery') }} as d
left join lateral (
    select
        f.send_result,
        f.last_update
    from {{ source('raw_esp', 'unisender_delivery') }} as f
    where
        f.email = d.email
        and f.campaign_id = d.campaign_id
        and f._seq < d._seq
        and f.send_result in ('ok_read', 'ok_link_visited')
        and d.send_result in ('ok_unsubscribed', 'ok_spam_folder', 'ok_fbl')
    order by f._seq desc
    limit 1
) as former on true
where {{ standing('d') }}
