-- One row per CRM lead and deal whose customer had a touch on the path before it was made: the first of
-- them ever, and the last that is not direct (the last of all when every one is).
{{ config(
    key=['kind', 'source_id'],
    unique_key=['kind', 'source_id'],
    follows={
        'int_sales__customers': ['kind', 'source_id'],
        'fct_touch': {
            'through': 'int_sales__customers',
            'on': 'entry.customer_uuid = via.customer_uuid and entry.at <= via.created_at',
            'when': 'entry.is_on_path',
        },
    },
    reads={
        'fct_touch': [
            'touch_id', 'customer_uuid', 'at', 'channel', 'source', 'campaign', 'is_direct', 'is_on_path',
            'source_priority',
        ],
    },
    indexes=[{'columns': ['kind', 'source_id'], 'unique': true}],
) }}

with before as (
    select
        requests.kind,
        requests.source_id,
        touches.touch_id,
        touches.at,
        touches.channel,
        touches.source,
        touches.campaign,
        touches.is_direct,
        touches.source_priority
    from {{ ref('int_sales__customers') }} as requests
    inner join {{ ref('fct_touch') }} as touches
        on requests.customer_uuid = touches.customer_uuid and requests.created_at >= touches.at
    where touches.is_on_path
),

firsts as (
    select distinct on (kind, source_id)
        kind,
        source_id,
        channel,
        source
    from before
    order by kind asc, source_id asc, at asc, source_priority asc, touch_id asc
),

lasts as (
    select distinct on (kind, source_id)
        kind,
        source_id,
        touch_id,
        at,
        channel,
        source,
        campaign
    from before
    order by kind asc, source_id asc, is_direct asc, at desc, source_priority desc, touch_id desc
)

select
    lasts.kind,
    lasts.source_id,
    firsts.channel as first_channel,
    firsts.source as first_source,
    lasts.channel as last_channel,
    lasts.source as last_source,
    lasts.campaign as last_campaign,
    lasts.touch_id as last_touch_id,
    lasts.at as last_touch_at
from lasts
inner join firsts on lasts.kind = firsts.kind and lasts.source_id = firsts.source_id
