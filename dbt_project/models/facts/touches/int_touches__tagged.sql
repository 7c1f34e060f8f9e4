-- One row per contact with a customer, calls with the tags of their trunk.
{{ config(materialized='ephemeral') }}
{#- Id of the campaign in the marks of a visit to a seller that tells ids, where utm_campaign is none: at the
    end of a template with name and id (`sofas|70110021`, `sofas_70110021`; ids have six digits or more and are
    no day), else behind its key in utm_content (`cid|70110021|gid|…`, `campaign_id:70110021`). #}
{%- set id_campaign -%}
case when sellers_by_id.source is not null then
    case when prepared.utm_campaign is null or prepared.utm_campaign !~ '^ *[0-9]+ *$' then coalesce(
        substring(prepared.utm_campaign from '[|_:](?!20[0-9]{2}[01][0-9][0-3][0-9] *$)([0-9]{6,}) *$'),
        substring(lower(prepared.utm_content) from '(?:^|[^a-z0-9])(?:cid|campaign_?id)[|_:=.~-]+([0-9]{3,})')
    ) end
end
{%- endset %}

with prepared as (
    select
        told.*,
        {{ trunk_key('told.trunk') }} as trunk_key,
        lower(trim(told.utm_source)) as seller_source,
        {{ local_date('told.at') }} as local_day
    from {{ ref('int_touches__told') }} as told
),

sellers_by_id as (
    select distinct lower(trim(source)) as source
    from {{ ref('ad_networks') }}
    where utm_campaign_holds = 'id'
),

numbers as (
    select
        {{ trunk_key('number.number') }} as trunk_key,
        number.utm_source,
        number.utm_medium,
        -- Of the one paid campaign that carries the number, else its own.
        case
            when strpos(number.cost_campaigns, ';') > 0 then number.utm_campaign
            else coalesce(nullif(trim(number.cost_campaigns), ''), number.utm_campaign)
        end as utm_campaign,
        number.channel,
        number.is_paid,
        number.brand,
        number.region,
        coalesce(number.valid_from, '-infinity'::date) as valid_from,
        coalesce(number.valid_to, 'infinity'::date) as valid_to
    from {{ ref('call_tracking_numbers') }} as number
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
        {{ clean_utm('coalesce(numbers.utm_campaign, ' ~ id_campaign ~ ', prepared.utm_campaign)') }}
            as utm_campaign,
        prepared.utm_content,
        prepared.utm_term,
        nullif(rtrim(left(regexp_replace(lower(trim(prepared.referrer_host)), '^www\.', ''), 250)), '')
            as referrer_host,
        lower(prepared.click_id) as click_id,
        rtrim(left(lower(prepared.provider), 250)) as provider,
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
        prepared.caveat,
        prepared.about,
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
