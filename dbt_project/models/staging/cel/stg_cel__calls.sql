-- Only a bridge with a second living channel is a conversation: menus, queues and voicemail answer
-- the caller's own channel, and Local channels are the exchange talking to itself.
{{ config(materialized='ephemeral') }}
with events as (
    select
        e.*,
        first_value(e.channel) over of_call as root_channel,
        row_number() over of_call = 1 and e.event_type = 'CHAN_START' as is_opening
    from {{ ref('stg_cel__events') }} as e
    where
        e.event_type in (
            'CHAN_START', 'CHAN_END', 'HANGUP', 'LINKEDID_END', 'ANSWER', 'APP_START',
            'BRIDGE_ENTER', 'BRIDGE_EXIT', 'BRIDGE_START', 'BRIDGE_END'
        )
    window of_call as (
        partition by e.call_id
        order by e.event_type <> 'CHAN_START', e.is_root is not true, e.at, e.event_id
    )
),

-- Before Asterisk 12 one row joins a channel and its peer; one of them must be a second living one.
peers as (
    select
        e.*,
        (not e.is_local and e.channel <> e.root_channel)
        or (coalesce(e.peer, '') not like 'Local/%' and coalesce(e.peer, '') <> e.root_channel)
            as joins_a_second
    from events as e
),

-- Living channels gained or lost by bridges.
steps as (
    select
        e.*,
        case
            when e.event_type = 'BRIDGE_ENTER' and not e.is_local then 1
            when e.event_type = 'BRIDGE_EXIT' and not e.is_local then -1
            when e.event_type = 'BRIDGE_START' and e.joins_a_second then 2
            when e.event_type = 'BRIDGE_END' and e.joins_a_second then -2
            else 0
        end as joined
    from peers as e
),

timeline as (
    select
        s.*,
        sum(s.joined) over by_time as in_bridge,
        lead(s.at) over by_time - s.at as lasted
    from steps as s
    window by_time as (partition by s.call_id order by s.at, s.event_id)
),

facts as (
    select
        t.call_id,
        min(t.at) filter (where t.is_opening) as started_at,
        min(t.channel) filter (where t.is_opening) as channel,
        min(t.caller) filter (where t.is_opening) as caller,
        min(t.extension) filter (where t.is_opening) as extension,
        min(t.dialled) filter (where t.is_opening) as dialled,
        bool_or(t.is_opening and t.is_trunk) as comes_from_trunk,
        -- A click in the CRM rings the manager first: the number comes up later, as in stg_cel__identifiers.
        (
            array_agg(t.extension order by t.at, t.event_id)
            filter (where t.is_root and t.event_type <> 'CHAN_START' and t.extension ~ '\d{6}')
        )[1] as extension_later,
        (
            array_agg(t.caller order by t.at, t.event_id)
            filter (where t.is_trunk and not t.is_root and t.caller ~ '\d{6}')
        )[1] as caller_outside,
        min(t.at) filter (where t.joined = 2 or (t.joined = 1 and not t.is_root)) as bridged_at,
        min(t.at) filter (where t.joined > 0 and t.in_bridge >= 2) as both_bridged_at,
        max(t.at) as last_at,
        min(t.at) filter (where t.event_type in ('HANGUP', 'CHAN_END') and t.is_root) as root_ended_at,
        sum(t.lasted) filter (where t.in_bridge >= 2) as talked,
        bool_or(t.event_type = 'CHAN_START' and t.is_trunk) as has_trunk,
        (
            array_agg(t.channel order by t.at, t.event_id)
            filter (where t.event_type = 'CHAN_START' and t.is_trunk)
        )[1] as first_trunk,
        min(t.dialled) filter (where t.is_root) as dialled_later,
        bool_or(t.event_type = 'LINKEDID_END') as is_closed,
        max(t._seq) as _seq
    from timeline as t
    group by t.call_id
),

directed as (
    select
        f.*,
        coalesce(f.root_ended_at, f.last_at) as ended_at,
        -- A Local channel that opens a call is nobody: the manager alone is no answer yet.
        case when f.channel like 'Local/%' then f.both_bridged_at else f.bridged_at end as answered_at,
        case when f.comes_from_trunk then f.channel else f.first_trunk end as trunk_channel,
        case when f.comes_from_trunk then 'in' when f.has_trunk then 'out' else 'internal' end as direction,
        case
            when f.extension ~ '\d{6}' then f.extension
            when f.extension_later is not null then f.extension_later
            when coalesce(f.extension, 's') = 's' or starts_with(f.channel, 'Local/') then f.caller_outside
            else f.extension
        end as dialled_outside
    from facts as f
    where f.started_at is not null
)

select
    d.call_id,
    d.started_at,
    d.direction,
    d.trunk_channel,
    case
        when d.direction = 'in' then coalesce(
            -- FreePBX writes a letter where no number was dialled: s start, h hang-up, t timeout, i invalid.
            case when d.extension not in ('s', 'h', 't', 'i') then d.extension end, d.dialled, d.dialled_later
        )
    end as did,
    case d.direction
        when 'in' then {{ normalise_phone('d.caller') }}
        when 'out' then {{ dialled_phone('d.dialled_outside') }}
    end as external_phone,
    case d.direction when 'in' then d.caller when 'out' then d.dialled_outside end as external_number,
    d.answered_at is not null as is_answered,
    round(extract(epoch from coalesce(d.answered_at, d.ended_at) - d.started_at))::bigint as wait_seconds,
    coalesce(round(extract(epoch from d.talked)), 0)::bigint as talk_seconds,
    d.direction = 'internal' as is_internal,
    d.is_closed,
    d.ended_at,
    d._seq
from directed as d
