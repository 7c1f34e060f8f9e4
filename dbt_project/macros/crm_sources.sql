{#- Sources that are written on CRM objects and site accounts (touch type crm_source): how a mark typed there
    is read, and when it only repeats what another touch says. -#}

{#- A mark as people and site builders type it: encoded once, twice or not at all, at times with its name
    (utm_source=yandex); unfilled ones ({campaign_id}) are null. -#}
{% macro typed_mark(column) -%}
case when {{ column }} <> '' then (
    select nullif(
        regexp_replace(trim(regexp_replace(twice.mark, '^\s*[?&]?utm_[a-z]+\s*=', '', 'i')), '^\{.*\}$', ''), ''
    )
    from (select {{ url_decode(column) }} as mark) as once
    cross join lateral (select {{ url_decode('once.mark') }} as mark) as twice
) end
{%- endmacro %}

{#- Whether a touch `other` says what a crm_source `touch` of time `at` repeats: with its marks (those it has), or of
    the kind that it only names: a call, a letter, a chat, the till, and for a website anything. Of two on CRM
    objects the later repeats the earlier. -#}
{% macro is_told_by(touch, at, other='other') -%}
{{ other }}.customer_uuid = {{ touch }}.customer_uuid
        and {{ other }}.at >= {{ at }} - interval '{{ session_minutes() }} minutes'
        and {{ other }}.at <= {{ at }} + interval '{{ session_minutes() }} minutes'
        and {{ other }}.is_on_path
        and (
            {{ touch }}.is_direct
            or (
                {{ other }}.source = {{ touch }}.source
                and ({{ touch }}.medium is null or {{ touch }}.medium = {{ other }}.medium)
                and ({{ touch }}.campaign is null or {{ touch }}.campaign = {{ other }}.campaign)
            )
            or {{ touch }}.medium = case
                when {{ other }}.touch_type = 'call' then 'call'
                when {{ other }}.touch_type = 'chat' then 'messenger'
                when {{ other }}.touch_type = 'pos_visit' then 'store'
                when {{ other }}.touch_type in ('email', 'email_open', 'email_click') then 'email'
            end
        )
        and (
            {{ other }}.touch_type <> 'crm_source'
            or ({{ other }}.at, {{ other }}.touch_id) < ({{ at }}, {{ touch }}.touch_id)
        )
{%- endmacro %}

{#- Whether a touch is what a deal of nobody known says of its own source. It has no path, and nothing else is known.
    Said twice, so that each finds the other by index. -#}
{% macro is_own_source(conversion, touch) -%}
{{ conversion }}.kind = 'deal'
        and {{ conversion }}.customer_uuid is null
        and {{ touch }}.is_on_path
        and {{ touch }}.touch_id = 'crm.deal:' || {{ conversion }}.deal_id
        and {{ conversion }}.conversion_id = case
            when starts_with({{ touch }}.touch_id, 'crm.deal:') then 'deal:' || split_part({{ touch }}.touch_id, ':', 2)
        end
{%- endmacro %}
