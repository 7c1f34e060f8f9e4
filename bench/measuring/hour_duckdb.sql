-- What bench/hourly.py lets DuckDB do: everything after identity, from raw rows to hourly statistics.
-- Each part is timed by itself; hour_duckdb.py says what is left out.

-- part: touches
create macro utc(naive) as naive - interval 3 hours;
create macro tag(url, name) as nullif(regexp_extract(url, '[?&]' || name || '=([^&#]*)', 1), '');
create table visit as
with tagged as (
    select id, fuser_id, nullif(user_id, 0) as user_id, utc(started_at) as moment,
        greatest(utc(last_hit_at), utc(started_at)) as last_hit, tag(landing_url, 'utm_source') as source,
        tag(landing_url, 'utm_medium') as medium, tag(landing_url, 'utm_campaign') as campaign,
        tag(landing_url, 'yclid') is not null as yclid,
        nullif(regexp_replace(lower(regexp_extract(referrer, '//([^/?#:]+)', 1)), '^www\.', ''), '') as host,
        nullif(concat_ws('|', coalesce(source, ''), coalesce(medium, ''), coalesce(campaign, ''),
            if(yclid, 'yclid', '')), '|||') as marks
    from session
),
timed as (
    select *, coalesce(max(last_hit) over (partition by fuser_id order by moment, id
        rows between unbounded preceding and 1 preceding) >= moment - interval 30 minutes, false) as goes_on
    from tagged
),
stretched as (
    select *, count(*) filter (where not goes_on) over (partition by fuser_id order by moment, id
        rows between unbounded preceding and current row) as stretch
    from timed
),
begun as (
    select *, not goes_on or (marks is not null and marks is distinct from lag(marks) over (
        partition by fuser_id, stretch, marks is null order by moment, id)) as is_first
    from stretched
),
numbered as (
    select *, count(*) filter (where is_first) over (partition by fuser_id order by moment, id
        rows between unbounded preceding and current row) as session_no
    from begun
)
select * replace (first_value(user_id) over (partition by fuser_id, session_no
    order by user_id is null, moment, id rows between unbounded preceding and unbounded following) as user_id)
from numbered
qualify is_first;
create table drawn as
select 'bitrix.session:' || id as touch_id, 'web_session' as touch_type, 3 as priority, moment,
    if(user_id is null, 'FUSER', 'USER') as id_type, coalesce(user_id, fuser_id)::text as id_value,
    source, medium, campaign, yclid, host, null as provider, 'in' as direction, null as trunk,
    null::boolean as answered, false as machine
from visit
union all
select kind || e.id, touch_type, 1, utc(e.date_insert), 'EMAIL', lower(trim(code)), null, null,
    mailing_id::text, false, null, 'sender', 'in', null, null, false
from (select *, 'open:' as kind, 'email_open' as touch_type from opened
    union all by name select *, 'click:' as kind, 'email_click' as touch_type from clicked) as e
left join recipient on e.recipient_id = recipient.id
left join contact on recipient.contact_id = contact.id
left join posting on e.posting_id = posting.id
union all
select 'esp:' || id, 'email_' || event, 2, event_at, 'EMAIL', lower(trim(email)), null, null,
    campaign_id, false, null, 'unisender', 'in', null, null, coalesce(payload ilike '%bot%', false)
from event where event in ('open', 'click')
union all
select 'call:' || linkedid, 'call', 4, utc(min(eventtime)), 'PHONE',
    any_value(if(root_context = 'from-trunk', cid_num, exten)) filter (is_root), null, null, null,
    false, null, null, if(any_value(root_context) = 'from-trunk', 'in', 'out'),
    any_value(if(root_context = 'from-trunk', exten, null)) filter (is_root),
    bool_or(eventtype = 'BRIDGE_ENTER' and not is_root), false
from (select *, uniqueid = linkedid as is_root,
    first_value(context) over (partition by linkedid order by eventtime, id) as root_context from cel)
group by linkedid
union all
select 'activity:' || a.id, if(a.provider_id = 'CRM_WEBFORM', 'form', 'chat'), 5, a.start_time,
    if(owner_type_id = 3, 'CONTACT', 'LEAD'), owner_id::text, lead.utm_source, lead.utm_medium, null,
    false, null, if(a.provider_id = 'CRM_WEBFORM', 'crm_webform', 'telegram'),
    if(direction = 2, 'out', 'in'), null, null, false
from activity as a left join lead on a.owner_id = lead.id and a.owner_type_id = 1
where a.type_id <> 2
union all
select 'crm.lead:' || id, 'crm_source', 5, date_create, 'LEAD', id::text, utm_source, utm_medium, null, false,
    null, null, 'in', null, null, false
from lead where utm_source is not null
union all
select 'receipt:' || id, 'pos_visit', 6, utc(closed_at), if(card_number is null, 'PHONE', 'CARD'),
    coalesce(card_number, phone), null, null, null, false, null, lower(store_id), 'in', null, null,
    false
from (select *, 'store' || id % 30 as store_id from receipt) where kind = 'sale';

create table tags as
select *, case
    when touch_type = 'call' and direction = 'out' then 'Outgoing call'
    when touch_type = 'call' and trunk in ('74951110001', '74951110002') then 'Paid Search'
    when touch_type = 'call' then 'Other traffic / Call'
    when touch_type like 'email%' then 'Email'
    when touch_type = 'pos_visit' then 'Store'
    when touch_type = 'chat' and (direction = 'out' or source is null) then 'Messenger'
    when medium = 'email' then 'Email'
    when source = 'yandex' and medium = 'cpc' then 'Paid Search'
    when source = 'vk' then 'Paid Social'
    when host in ('yandex.ru', 'google.com') then 'Organic Search'
    when host is not null then 'Referral'
    else 'Direct' end as channel,
    channel = 'Direct' as is_direct,
    not (channel = 'Outgoing call' or machine or (touch_type = 'chat' and direction = 'out')) as on_path,
    coalesce(case
        when is_direct then '(direct)'
        when trunk = '74951110001' then 'yandex'
        when trunk = '74951110002' then 'google'
        when host in ('yandex.ru', 'google.com') then split_part(host, '.', 1)
        when touch_type = 'call' then null
        else coalesce(source, host, provider)
    end, '(none)') as named,
    case trunk when '74951110001' then 'search_divany_msk' when '74951110002' then 'calls_google'
        else coalesce(lower(campaign), '(none)') end as campaigned
from (select distinct hash(touch_type, source, medium, campaign, yclid, host, provider, direction, trunk, machine) as signature, touch_type, source, medium, campaign, yclid, host, provider, direction, trunk, machine from drawn);

create table touch as
select touch_id, drawn.touch_type, priority, moment, customer_uuid, answered, drawn.machine, channel,
    is_direct, on_path, drawn.direction, named as source, drawn.medium, campaigned as campaign
from drawn
inner join tags on hash(drawn.touch_type, drawn.source, drawn.medium, drawn.campaign, drawn.yclid, drawn.host, drawn.provider, drawn.direction, drawn.trunk, drawn.machine) = tags.signature
left join identifier using (id_type, id_value);

-- part: conversions
create table conversion as
with payed as (
    select order_id, sum(round(sum * 100)) filter (paid = 'Y' and is_return = 'N') as kept,
        coalesce(sum(round(sum * 100)) filter (paid <> 'Y' and is_return in ('Y', 'P')), 0) as gone,
        coalesce(sum(round(sum * 100)) filter (paid = 'Y' and is_return in ('Y', 'P')), 0) as back
    from payment group by 1
),
-- What left was part of what the order tells, not a payment beside it.
held as (
    select o.*, round(price * 100) as asked, coalesce(kept, nullif(round(sum_paid * 100), 0),
            if(payed = 'Y' and canceled <> 'Y', asked, 0)) as kept,
        payed.kept is null or (gone > 0 and payed.kept - gone = round(sum_paid * 100)) as is_part,
        coalesce(if(is_part, 0, gone), 0) as passed, coalesce(if(is_part, gone, 0) + back, 0) as given_back
    from orders as o left join payed on o.id = payed.order_id
),
received as (
    select *, passed + given_back as returned, coalesce(nullif(passed + greatest(held.kept,
        least(held.kept + given_back, asked), given_back), 0), returned) as received
    from held
),
guest as (
    select order_id, any_value(value) filter (order_props_id = 2) as phone,
        any_value(lower(value)) filter (order_props_id = 1) as email
    from answer group by 1
),
ordered as (
    select 'order:' || o.id as conversion_id, 'order' as kind, utc(o.date_insert) as moment,
        received > returned as paid, canceled = 'Y' as cancelled,
        (received - returned) * case when currency = 'RUB' then 1
            when utc(o.date_insert) >= timestamp '2025-12-31 21:00' then 80
            when utc(o.date_insert) >= timestamp '2024-12-31 21:00' then 90 end as amount,
        case when o.user_id <> 1 then 'USER' else 'PHONE' end as t1,
        case when o.user_id <> 1 then o.user_id::text else phone end as v1,
        case when o.user_id = 1 then 'EMAIL' end as t2, case when o.user_id = 1 then email end as v2
    from received as o left join guest on o.id = guest.order_id
),
won as (
    select owner_id, min(created_time) as moment from stage where stage_semantic_id = 'S' group by 1
),
bought as (
    select original_receipt_uid, sum(abs(round(total * 100))) as back
    from receipt where kind = 'return' group by 1
),
together as (
    select * from ordered where amount is not null
    union all
    select 'deal:' || deal.id, 'deal', coalesce(won.moment, date_create), true, false,
        round(opportunity * 100), 'CONTACT', contact_id::text, null, null
    from deal left join won on deal.id = won.owner_id
    left join orders on deal.origin_id = orders.id::text
    where stage_semantic_id = 'S' and orders.id is null
    union all
    select 'receipt:' || r.receipt_uid, 'receipt', utc(closed_at), true, false,
        round(total * 100) - coalesce(back, 0), 'CARD', card_number, 'PHONE', phone
    from receipt as r left join bought on r.receipt_uid = bought.original_receipt_uid
    where kind = 'sale'
    union all
    select 'lead:' || id, 'lead', date_create, false, status_semantic_id = 'F', 0,
        'LEAD', id::text, 'CONTACT', contact_id::text
    from lead
)
select conversion_id, kind, moment, paid, cancelled,
    coalesce(a.customer_uuid, b.customer_uuid) as customer_uuid,
    case when paid then amount else 0 end::bigint as revenue
from together
left join identifier as a on t1 = a.id_type and v1 = a.id_value
left join identifier as b on t2 = b.id_type and v2 = b.id_value;

-- part: paths
create table path as
with paired as (
    select conversion_id, kind, touch_id, touch_type, t.customer_uuid, c.moment as converted_at,
        t.moment as touched_at, priority, is_direct, channel, source, medium, campaign
    from conversion as c
    inner join touch as t on c.customer_uuid = t.customer_uuid and c.moment >= t.moment
        and c.moment - interval '90 days' <= t.moment
    where on_path and not (kind = 'receipt' and touch_type = 'pos_visit' and t.moment = c.moment)
),
-- What a lead says of its source counts once with a touch that says the same within half an hour.
told as (
    select distinct paired.conversion_id, paired.touch_id
    from paired inner join touch as other on paired.customer_uuid = other.customer_uuid
        and paired.source = other.source and paired.medium = other.medium
        and other.moment between paired.touched_at - interval '30 minutes'
            and paired.touched_at + interval '30 minutes'
    where paired.touch_type = 'crm_source' and other.on_path and other.moment <= paired.converted_at
        and (other.touch_type <> 'crm_source'
            or (other.moment, other.touch_id) < (paired.touched_at, paired.touch_id))
)
select conversion_id, touch_id, converted_at, touched_at, is_direct, channel, source, campaign,
    row_number() over (partition by conversion_id order by touched_at, priority, touch_id) as position
from paired anti join told using (conversion_id, touch_id);

-- part: credits
create table credit as
with variant as (select unnest([false, true]) as non_direct),
candidate as (
    select path.*, non_direct, bool_and(is_direct) over whole as only_direct,
        epoch(max(touched_at) over whole) - epoch(touched_at) as age
    from path cross join variant window whole as (partition by conversion_id, non_direct)
),
step as (
    select *, row_number() over so_far as step, count(*) over whole as steps,
        sum(decay) over whole as decay_all,
        sum(decay) over (so_far rows between unbounded preceding and current row) as decay_until,
        coalesce(sum(decay) over (so_far rows between unbounded preceding and 1 preceding), 0)
            as decay_before
    from (select *, exp(greatest(-ln(2.0) * age / 604800, -700)) as decay from candidate
        where not non_direct or not is_direct or only_direct)
    window whole as (partition by conversion_id, non_direct),
        so_far as (partition by conversion_id, non_direct order by position)
),
model (model_id, kind, uses_non_direct) as (
    values ('first', 'first', false), ('last', 'last', false), ('last_non_direct', 'last', true),
    ('linear', 'linear', false), ('time_decay', 'decay', false), ('position', 'position', false)
),
credited as (
    select step.conversion_id, model_id, touch_id, position, channel, source, campaign, steps,
        abs(revenue) as amount, sign(revenue) * (case model.kind
        when 'first' then if(step = 1, amount, 0)
        when 'last' then if(step = steps, amount, 0)
        when 'linear' then amount * step // steps - amount * (step - 1) // steps
        when 'decay' then if(step = steps, amount, floor(amount * decay_until / decay_all))
            - if(step = 1, 0, floor(amount * decay_before / decay_all))
        else case when steps = 1 then amount
            when steps = 2 then if(step = 1, amount * 40 // 80, amount - amount * 40 // 80)
            when step = 1 then amount * 40 // 100
            when step = steps then amount
                - amount * (40 * (steps - 2) + 20 * (step - 2)) // (100 * (steps - 2))
            else amount * (40 * (steps - 2) + 20 * (step - 1)) // (100 * (steps - 2))
                - amount * (40 * (steps - 2) + 20 * (step - 2)) // (100 * (steps - 2)) end
        end)::bigint as kopecks
    from step
    inner join model on non_direct = uses_non_direct
    inner join conversion as c on step.conversion_id = c.conversion_id
    where not (model.kind = 'first' and step > 1) and not (model.kind = 'last' and step < steps)
)
select conversion_id, model_id, touch_id, position, channel, source, campaign, kopecks from credited
union all
select c.conversion_id, model_id, null, null, if(c.kind = 'receipt', 'Store', '(unattributed)'),
    '(none)', '(none)', revenue
from conversion as c cross join model
where conversion_id not in (select conversion_id from path);

-- part: statistics
create table spent as
with net as (
    select if(provider = 'yandex_direct', 'Paid Search', 'Paid Social') as channel,
        if(provider = 'yandex_direct', 'yandex', 'vk') as source, campaign_name as campaign, day,
        round(cost * 100)::bigint as gross, 100 + vat_rate::bigint as factor,
        (200 * gross + factor) // (2 * factor) as kopecks
    from cost
)
select utc(day + to_hours(hour)) as moment, channel, source, campaign,
    kopecks * (hour + 1) // 24 - kopecks * hour // 24 as kopecks
from net cross join range(24) as hours (hour);
create table statistics as
with happened as (
    select 'touch ' || touch_id as event_id, 1 as rank, customer_uuid, moment, channel, source, campaign,
        (touch_type = 'web_session')::int as sessions, 1 as touches, (touch_type = 'call')::int as calls,
        (touch_type = 'call' and answered)::int as answered,
        (touch_type = 'call' and direction = 'in' and not answered)::int as missed,
        (touch_type = 'email_open' and not machine)::int as opened,
        (touch_type = 'email_click' and not machine)::int as clicked, (touch_type = 'chat')::int as chats,
        0 as leads, 0 as deals, 0 as orders, 0 as paid, 0 as cancelled, 0 as receipts, 0 as revenue, 0 as spend
    from touch
    union all
    select 'conversion ' || c.conversion_id, 2, customer_uuid, moment, channel, source, campaign,
        0, 0, 0, 0, 0, 0, 0, 0, (kind = 'lead')::int, (kind = 'deal')::int, (kind = 'order')::int,
        (kind = 'order' and paid and not cancelled)::int, (kind = 'order' and cancelled)::int,
        (kind = 'receipt')::int, revenue, 0
    from conversion as c
    inner join credit on c.conversion_id = credit.conversion_id and model_id = 'last_non_direct'
    union all
    select null, 3, null, moment, channel, source, campaign, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, kopecks
    from spent where kopecks <> 0
),
known as (
    select event_id, row_number() over (partition by customer_uuid order by moment, rank, event_id) as n
    from happened where customer_uuid is not null
)
select date_trunc('hour', moment) as hour, channel, source, campaign, sum(sessions) as sessions,
    sum(touches) as touches, sum(calls) as calls, sum(answered) as answered, sum(missed) as missed,
    sum(opened) as opened, sum(clicked) as clicked, sum(chats) as chats, sum(leads) as leads,
    sum(deals) as deals, sum(orders) as orders, sum(paid) as paid, sum(cancelled) as cancelled,
    sum(receipts) as receipts, sum(revenue) as revenue, sum(spend) as spend, count(distinct customer_uuid) as customers,
    count(*) filter (n = 1) as new_customers
from happened left join known using (event_id)
group by all;
