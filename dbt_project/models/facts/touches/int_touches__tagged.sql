-- One row per contact with a customer, all sources in one shape, calls with the tags of their trunk. A call
-- that the exchange logged is dropped from the CRM's list.
{{ config(materialized='ephemeral') }}
{%- set told = [
    'touch_id', 'source_system', 'source_priority', 'touch_type', 'at', 'id_type', 'id_value', 'utm_source',
    'utm_medium', 'utm_campaign', 'utm_content', 'utm_term', 'referrer_host', 'click_id', 'provider', 'trunk',
    'direction', 'is_answered', 'wait_seconds', 'talk_seconds', 'is_machine', 'brand', 'region', 'subject', 'marks',
    'about', 'caveat', '_seq',
] %}

with told as (
    {%- for source in sources_with('touches') %}
    select {{ told | join(', ') }}
    from {{ ref('stg_' ~ source ~ '__touches') }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

copies as (
    select distinct noted.touch_id
    from {{ ref('stg_crm__touches') }} as noted
    inner join {{ ref('stg_cel__touches') }} as logged
        on {{ is_same_call('noted', 'logged') }}
),

prepared as (
    select
        told.*,
        {{ trunk_key('told.trunk') }} as trunk_key,
        lower(trim(told.utm_source)) as seller_source,
        {{ local_date('told.at') }} as local_day
    from told
    left join copies on told.touch_id = copies.touch_id
    where copies.touch_id is null
),

sellers_by_id as (
    select distinct lower(trim(source)) as source
    from {{ ref('ad_networks') }}
    where utm_campaign_holds = 'id'
),

numbers as (
    {{ tracked_numbers() }}
),

tagged as (
    select
        prepared.touch_id,
        prepared.source_system,
        prepared.source_priority,
        prepared.touch_type,
        prepared.at,
        prepared.id_type,
        prepared.id_value,
        {{ clean_utm('coalesce(numbers.utm_source, prepared.utm_source)') }} as utm_source,
        {{ clean_utm('coalesce(numbers.utm_medium, prepared.utm_medium)') }} as utm_medium,
        {{ clean_utm(
            "coalesce(numbers.utm_campaign, case when sellers_by_id.source is not null then "
            ~ campaign_id_in('prepared.utm_campaign', 'prepared.utm_content') ~ " end, prepared.utm_campaign)"
        ) }} as utm_campaign,
        prepared.utm_content,
        prepared.utm_term,
        nullif({{ indexable("regexp_replace(lower(trim(prepared.referrer_host)), '^www\\.', '')") }}, '')
            as referrer_host,
        lower(prepared.click_id) as click_id,
        {{ indexable('lower(prepared.provider)') }} as provider,
        prepared.trunk,
        prepared.direction,
        prepared.is_answered,
        prepared.wait_seconds,
        prepared.talk_seconds,
        coalesce(prepared.is_machine, false) as is_machine,
        coalesce(numbers.brand, prepared.brand, '{{ var("default_brand") }}') as brand,
        coalesce(numbers.region, prepared.region, '{{ var("default_region") }}') as region,
        numbers.channel as trunk_channel,
        numbers.is_paid as trunk_is_paid,
        coalesce(prepared.caveat, {{ caveat_of_message('prepared') }}) as caveat,
        coalesce(lower(prepared.about), {{ order_named_in('prepared.subject') }}) as about,
        prepared._seq as seq
    from prepared
    left join sellers_by_id on prepared.seller_source = sellers_by_id.source
    left join numbers
        on
            prepared.trunk_key = numbers.trunk_key
            and prepared.touch_type = 'call'
            and prepared.local_day between numbers.valid_from and numbers.valid_to
)

select
    *,
    -- Everything the channel depends on: touches that agree in it are classified once.
    md5(concat_ws(
        e'\x1f', touch_type, coalesce(direction, ''), is_machine, coalesce(utm_source, ''),
        coalesce(utm_medium, ''), coalesce(utm_campaign, ''), coalesce(click_id, ''),
        coalesce(referrer_host, ''), coalesce(provider, ''), coalesce(trunk_channel, ''),
        coalesce(trunk_is_paid::text, ''), coalesce(caveat, '')
    )) as signature
from tagged
