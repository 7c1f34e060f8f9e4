-- One row per CRM lead and deal: when somebody last worked on it, and of a lead when it was first answered.
-- A lead is answered by the first that goes out to it after it came (a call, a letter, a message), or by a
-- call with its customer that was picked up and had not ended two minutes before (the connector writes a
-- lead when the call is over). Its clock starts when it comes, or when the office next opens (vars
-- working_hours, working_days).
{%- set hours, days = var('working_hours'), var('working_days') %}
{%- set zone = "at time zone '" ~ var('local_timezone') ~ "'" %}
{{ config(
    key=['kind', 'source_id'],
    unique_key=['kind', 'source_id'],
    follows={
        'int_sales__customers': ['kind', 'source_id'],
        'stg_crm__activities': {'by': {
            'kind': "case entry.owner_type_id when 1 then 'lead' when 2 then 'deal' end", 'source_id': 'owner_id',
        }},
        'fct_touch': {
            'through': 'int_sales__customers',
            'on': "entry.customer_uuid = via.customer_uuid and via.kind = 'lead' and entry.at >= via.created_at "
                ~ "- interval '6 hours'",
            'when': "entry.source_system in ('cel', 'crm') and (entry.direction = 'out' or entry.is_answered)",
        },
    },
    reads={
        'stg_crm__activities': [
            'activity_id', 'owner_id', 'owner_type_id', 'type_id', 'provider_id', 'direction', 'is_completed',
            'created_at', 'starts_at',
        ],
        'fct_touch': [
            'touch_id', 'customer_uuid', 'at', 'direction', 'is_answered', 'wait_seconds', 'talk_seconds',
            'source_system',
        ],
    },
    indexes=[{'columns': ['kind', 'source_id'], 'unique': true}],
) }}

with activities as (
    select
        requests.kind,
        requests.source_id,
        requests.created_at,
        case
            when activities.is_completed then greatest(activities.created_at, activities.starts_at)
            else activities.created_at
        end as done_at,
        -- A call that is only planned answers nobody; tasks and meetings are no contact.
        case
            when
                activities.direction = 'out' and activities.is_completed
                and (activities.type_id in (2, 4) or activities.provider_id ~ 'CALL|SMS|EMAIL|IMOPENLINES')
                then coalesce(activities.starts_at, activities.created_at)
        end as out_at
    from {{ ref('int_sales__customers') }} as requests
    inner join {{ ref('stg_crm__activities') }} as activities
        on
            requests.source_id = activities.owner_id
            and requests.kind = case activities.owner_type_id when 1 then 'lead' when 2 then 'deal' end
),

answers as (
    select
        kind,
        source_id,
        out_at as at
    from activities
    where kind = 'lead' and out_at >= created_at
    union all
    select
        requests.kind,
        requests.source_id,
        greatest(touches.at, requests.created_at) as at
    from {{ ref('int_sales__customers') }} as requests
    inner join {{ ref('fct_touch') }} as touches on requests.customer_uuid = touches.customer_uuid
    where
        requests.kind = 'lead'
        and touches.source_system in ('cel', 'crm')
        and touches.at >= requests.created_at - interval '6 hours'
        and case
            when touches.is_answered
                then
                    touches.at + make_interval(secs => touches.wait_seconds + touches.talk_seconds)
                    >= requests.created_at - interval '120 seconds'
            else touches.direction = 'out' and touches.at >= requests.created_at
        end
),

answered as (
    select
        kind,
        source_id,
        min(at) as first_response_at
    from answers
    group by kind, source_id
),

worked as (
    select
        kind,
        source_id,
        max(done_at) as last_activity_at
    from activities
    group by kind, source_id
)

select
    requests.kind,
    requests.source_id,
    worked.last_activity_at,
    answered.first_response_at,
    case when requests.kind = 'lead' then (
        select min(greatest(day.opens_at, requests.created_at))
        from (
            select
                (local.day + later.days + time '{{ hours[0] }}') {{ zone }} as opens_at,
                (local.day + later.days + time '{{ hours[1] }}') {{ zone }} as closes_at,
                extract(isodow from local.day + later.days) as weekday
            from (select {{ local_date('requests.created_at') }} as day) as local
            cross join generate_series(0, 7) as later (days)
        ) as day
        where day.closes_at > requests.created_at and day.weekday in ({{ days | join(', ') }})
    ) end as due_from
from {{ ref('int_sales__customers') }} as requests
left join answered on requests.kind = answered.kind and requests.source_id = answered.source_id
left join worked on requests.kind = worked.kind and requests.source_id = worked.source_id
