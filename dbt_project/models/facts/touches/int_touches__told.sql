-- One row per contact with a customer, as its source tells it, all sources in one shape: what a message is
-- about, and whether the seed message_rules says that it is no marketing (caveat transactional). A call that
-- the exchange logged is dropped from the CRM's list.
{{ config(materialized='ephemeral') }}
{%- set columns = [
    'touch_id', 'source_system', 'source_priority', 'touch_type', 'at', 'id_type', 'id_value', 'utm_source',
    'utm_medium', 'utm_campaign', 'utm_content', 'utm_term', 'referrer_host', 'click_id', 'provider', 'trunk',
    'direction', 'is_answered', 'wait_seconds', 'talk_seconds', 'is_machine', 'brand', 'region', '_seq',
] %}
{#- What message_rules look at. #}
{%- set facts = ['subject', 'marks', 'campaign', 'provider', 'source_system', 'touch_type'] %}

with told as (
    {%- for source in sources_with('touches') %}
    select {{ columns | join(', ') }}, subject, marks, about, caveat
    from {{ ref('stg_' ~ source ~ '__touches') }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

copies as (
    select distinct noted.touch_id
    from {{ ref('stg_crm__touches') }} as noted
    inner join {{ ref('stg_cel__touches') }} as logged
        on {{ is_same_call('noted', 'logged') }}
)

select
    told.{{ columns | join(',\n    told.') }},
    coalesce(
        told.caveat,
        case when told.touch_type in ('email_open', 'email_click', 'email', 'sms', 'push') then (
            select case when rules.is_transactional then 'transactional' end
            from {{ ref('message_rules') }} as rules
            cross join (
                select
                    lower(told.subject) as subject,
                    lower(told.marks) as marks,
                    lower(told.utm_campaign) as campaign,
                    lower(told.provider) as provider,
                    told.source_system,
                    told.touch_type
            ) as message
            where
                {{ rule_condition('rules', 'message', '', facts) }}
                -- An empty cell of a seed is null when loaded and '' in unit tests.
                and (
                    coalesce(rules.and_operator, '') = ''
                    or {{ rule_condition('rules', 'message', 'and_', facts) }}
                )
            order by rules.priority
            limit 1
        ) end
    ) as caveat,
    -- The order that a subject names: '17' of 'Заказ №17 принят'.
    coalesce(
        lower(told.about),
        substring(
            lower(told.subject)
            from '(?:заказ[а-яё]*|order)[^0-9a-zа-яё]*(?:номер[а-яё]*|number|no|n)?[^0-9a-zа-яё]*'
            || '([a-zа-я]{0,5}[-_/]?[0-9][0-9a-zа-я/_-]*)'
        )
    ) as about
from told
left join copies on told.touch_id = copies.touch_id
where copies.touch_id is null
