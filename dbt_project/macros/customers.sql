{#- Parts of the models about customers. -#}

{#- A time in JSON, the same whatever the zone of the session. -#}
{% macro utc_text(moment) -%}
to_char({{ moment }} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')
{%- endmacro %}

{#- The account of a customer, else a negative number that is theirs alone: orders without an account are found by it,
    and nobody takes it for a b_user.id. 63 bits of the uuid: two of a million customers share one with 5 * 10^-8. -#}
{% macro account_or_stand_in(user_id, customer_uuid) -%}
coalesce(
            {{ user_id }},
            -1 - (
                ('x' || left(replace({{ customer_uuid }}::text, '-', ''), 16))::bit(64)::bigint
                & 9223372036854775807
            )
        )
{%- endmacro %}

{#- What a provider's word for an event or a state says of consent: the reader left (refused), the address takes no
    letters (dead), or nothing. A full mailbox and a letter in the spam folder say nothing for good. -#}
{% macro says_of_consent(word) -%}
case
            when {{ word }} ~ '^(unsub|complain|abuse|spam_?(report|block|complaint)?$|group_unsub|ok_unsub|err_unsub|ok_fbl)'
                then 'refused'
            when {{ word }} ~ '^(hard_?bounce|bounced?$|err_user_(unknown|inactive)$|err_domain_inactive$|err_no_dns$)'
                then 'dead'
        end
{%- endmacro %}

{#- Who told it and on which local day: ' on 2026-03-01 (sender)'; nothing of what is unknown. -#}
{% macro told_when(told_by, at) -%}
coalesce(' on ' || to_char({{ local_date(at) }}, 'YYYY-MM-DD'), '')
        {%- if told_by %} || coalesce(' (' || {{ told_by }} || ')', ''){% endif %}
{%- endmacro %}

{#- What campaigns are called and when they went out: provider, campaign_id, name, sent_at. -#}
{% macro named_campaigns() -%}
    select
        'sender' as provider,
        posting_id::text as campaign_id,
        'mailing ' || mailing_id as name,
        sent_at
    from {{ ref('stg_subscribe__sender_postings') }}
    union all
    select
        'subscribe' as provider,
        posting_id::text as campaign_id,
        subject as name,
        sent_at
    from {{ ref('stg_subscribe__postings') }}
    union all
    select
        'unisender' as provider,
        campaign_id::text as campaign_id,
        subject as name,
        starts_at as sent_at
    from {{ ref('stg_esp__unisender_campaigns') }}
    union all
    select
        'sendpulse' as provider,
        campaign_id::text as campaign_id,
        name,
        sent_at
    from {{ ref('stg_esp__sendpulse_campaigns') }}
{%- endmacro %}

{#- Credited letters (int_customers__letter_credits) with their campaign, found by what the id of the touch names. -#}
{% macro letters_credited() -%}
        {%- set credits = ref('int_customers__letter_credits') %}
        {%- for kind, model in {'open': 'read', 'click': 'click'}.items() %}
        select
            'sender' as provider,
            told.posting_id::text as campaign_id,
            credits.orders_paid,
            credits.purchases,
            credits.revenue_kopecks
        from {{ credits }} as credits
        inner join {{ ref('stg_subscribe__sender_' ~ model ~ 's') }} as told
            on 'subscribe.{{ kind }}:' || told.sender_{{ model }}_id = credits.letter_touch_id
        union all
        {%- endfor %}
        select
            coalesce(told.provider, '(none)') as provider,
            told.campaign_id,
            credits.orders_paid,
            credits.purchases,
            credits.revenue_kopecks
        from {{ credits }} as credits
        inner join {{ ref('stg_esp__email_events') }} as told
            on case
                when starts_with(credits.letter_touch_id, 'esp.event:')
                    then split_part(credits.letter_touch_id, ':', 2)::bigint
            end = told.email_event_id
        union all
        select
            case split_part(credits.letter_touch_id, ':', 1) when 'esp.unisender' then 'unisender' else 'sendpulse' end,
            case split_part(credits.letter_touch_id, ':', 1)
                when 'esp.unisender' then split_part(credits.letter_touch_id, ':', 2)
                else '(smtp)'
            end,
            credits.orders_paid,
            credits.purchases,
            credits.revenue_kopecks
        from {{ credits }} as credits
        where split_part(credits.letter_touch_id, ':', 1) in ('esp.unisender', 'esp.sendpulse')
{%- endmacro %}
