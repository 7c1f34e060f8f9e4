-- One row per call with the outside, by whoever knows of it, with the manager whom the CRM's note of it
-- names: of several notes the nearest in time. A call of which the CRM knows nothing has no manager.
{{ config(
    key='touch_id',
    unique_key='touch_id',
    follows={
        'fct_touch': {'by': {'touch_id': 'touch_id'}, 'when': "entry.touch_type = 'call'"},
        'stg_crm__touches': [
            {'by': {'touch_id': 'touch_id'}},
            {'through': 'fct_touch', 'on': is_same_call('entry', 'via')},
        ],
        'stg_crm__activities': {
            'through': 'stg_crm__touches', 'on': "entry.activity_id = via.origin_id and via.origin = 'activity'",
        },
    },
    reads={
        'fct_touch': [
            'touch_id', 'touch_type', 'id_type', 'id_value', 'at', 'customer_uuid', 'trunk', 'direction', 'is_answered',
            'talk_seconds', 'channel', 'source', 'campaign', 'brand', 'region',
        ],
        'stg_crm__touches': ['touch_id', 'touch_type', 'id_type', 'id_value', 'at', 'origin', 'origin_id'],
        'stg_crm__activities': ['activity_id', 'responsible_id', 'is_completed', 'starts_at', 'ends_at'],
    },
    indexes=[{'columns': ['touch_id'], 'unique': true}],
) }}

with calls as (
    select * from {{ ref('fct_touch') }}
    where touch_type = 'call'
),

notes as (
    select
        noted.touch_id,
        noted.touch_type,
        noted.id_type,
        noted.id_value,
        noted.at,
        activities.activity_id,
        activities.responsible_id,
        activities.is_completed,
        case
            when activities.is_completed and activities.ends_at >= activities.starts_at
                then round(extract(epoch from activities.ends_at - activities.starts_at))::bigint
        end as seconds
    from {{ ref('stg_crm__touches') }} as noted
    inner join {{ ref('stg_crm__activities') }} as activities
        on noted.origin_id = activities.activity_id and noted.origin = 'activity'
),

matched as (
    select
        calls.touch_id as call_id,
        notes.activity_id,
        notes.responsible_id,
        notes.is_completed,
        notes.seconds,
        abs(extract(epoch from notes.at - calls.at)) as apart
    from calls
    inner join notes on {{ is_same_call('calls', 'notes') }}
    union all
    select
        calls.touch_id as call_id,
        notes.activity_id,
        notes.responsible_id,
        notes.is_completed,
        notes.seconds,
        0 as apart
    from calls
    inner join notes on calls.touch_id = notes.touch_id
),

nearest as (
    select distinct on (call_id) *
    from matched
    order by call_id asc, apart asc, activity_id asc
)

select
    calls.touch_id,
    calls.at,
    calls.direction,
    calls.trunk,
    calls.id_value as phone,
    calls.customer_uuid,
    calls.channel,
    calls.source,
    calls.campaign,
    calls.brand,
    calls.region,
    nearest.responsible_id as manager_id,
    -- Without a record of the exchange the CRM's own note tells.
    coalesce(calls.is_answered, nearest.is_completed) as is_answered,
    coalesce(calls.talk_seconds, nearest.seconds) as talk_seconds
from calls
left join nearest on calls.touch_id = nearest.call_id
