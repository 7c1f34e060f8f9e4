{#- From touches to a path, for the tables and for marts.explain_order alike. -#}

{#- One row per conversion and touch of its customer within `times` the longest lookback, both ends
    included, in the order (time, source priority, touch_id).

    previous_purchase_at  the customer's last paid purchase before this conversion, within that time
    session_at            of a call without a tracked number: the web session it belongs to
    told_at               of a source on a CRM object: the last touch of the path that says the same -#}
{% macro paths_of(affected, conversions, touches, models, rules, times=1) -%}
with longest as (
    select
        {{ days('max(lookback_days) * ' ~ times) }} as lookback,
        bool_or(coalesce(resets, false)) as resets
    from {{ models }}
),

numbered as (
    select rule_id
    from {{ rules }}
    where channel = '(trunk)'
),

reached as (
    select
        conversions.conversion_id,
        conversions.kind,
        conversions.customer_uuid,
        conversions.at,
        conversions.at - longest.lookback as from_at,
        conversions.order_id,
        conversions.order_number,
        conversions.deal_id,
        conversions.opened_at,
        previous.at as previous_purchase_at
    from {{ affected }} as affected
    inner join {{ conversions }} as conversions
        on affected.conversion_id = conversions.conversion_id
    cross join longest
    -- Looked up only when some model asks for it.
    cross join lateral (
        select max(purchases.at) as at
        from {{ conversions }} as purchases
        where
            longest.resets
            and purchases.customer_uuid = conversions.customer_uuid
            and purchases.at < conversions.at
            and purchases.at >= conversions.at - longest.lookback
            and {{ is_purchase('purchases') }}
    ) as previous
),

paired as (
    select
        reached.conversion_id,
        reached.kind,
        reached.order_id,
        reached.order_number,
        reached.deal_id,
        reached.opened_at,
        reached.customer_uuid,
        reached.at as converted_at,
        reached.previous_purchase_at,
        touches.touch_id,
        touches.at as touched_at,
        touches.touch_type,
        touches.source_priority,
        touches.is_direct,
        touches.channel,
        touches.source,
        touches.medium,
        touches.campaign,
        numbered.rule_id is not null as has_own_number
    from reached
    inner join {{ touches }} as touches
        on
            reached.customer_uuid = touches.customer_uuid
            and reached.at >= touches.at
            and reached.from_at <= touches.at
    left join numbered on touches.rule_id = numbered.rule_id
    where
        touches.is_on_path
        -- What the order itself made cannot have led to it.
        and not {{ is_caused_by('touches', 'reached') }}
        -- The visit to the till is the purchase itself, not what led to it.
        and not (
            reached.kind = 'receipt' and touches.touch_type = 'pos_visit' and touches.at = reached.at
        )
),

placed as (
    select
        *,
        row_number() over so_far as position,
        count(*) over (partition by conversion_id) as path_length,
        max(touched_at) filter (where touch_type = 'web_session') over so_far as last_session_at
    from paired
    window so_far as (partition by conversion_id order by touched_at, source_priority, touch_id)
)

select
    conversion_id,
    touch_id,
    customer_uuid,
    converted_at,
    touched_at,
    previous_purchase_at,
    case
        when
            touch_type = 'call' and not has_own_number
            and last_session_at >= touched_at - interval '{{ session_minutes() }} minutes'
            then last_session_at
    end as session_at,
    case when touch_type = 'crm_source' then (
        select max(other.at)
        {{ told_by_others('placed', 'placed.touched_at', touches) }}
            and other.at <= placed.converted_at
            and not {{ is_caused_by('other', 'placed') }}
    ) end as told_at,
    is_direct,
    channel,
    source,
    campaign,
    position::int as position,
    path_length::int as path_length
from placed
{%- endmacro %}

{#- A call so soon after a visit began is part of it, when its number does not say where it came from; a
    source on a CRM object so near another touch that says the same is no second one. -#}
{% macro session_minutes() -%}30{%- endmacro %}

{#- Whether a touch is about the very order, deal or sale that the conversion is, so that it cannot have led
    to it, whatever the clocks of two systems say. What the CRM ties to a deal counts from the deal's entry
    on: the call or form that made the deal is tied to it as well. -#}
{% macro is_caused_by(touch, conversion) -%}
coalesce(
    {{ touch }}.about in (
        {{ conversion }}.order_id::text, lower({{ conversion }}.order_number),
        case when {{ conversion }}.kind = 'deal' then {{ conversion }}.deal_id::text end
    )
    or (
        {{ conversion }}.kind = 'deal'
        and {{ touch }}.about = 'deal:' || {{ conversion }}.deal_id
        and {{ touch }}.at > {{ conversion }}.opened_at
    ),
    false
)
{%- endmacro %}

{#- Whether a touch is about a purchase of its customer at or after it. -#}
{% macro is_about_a_purchase(touch, conversions) -%}
{{ touch }}.about is not null
        and exists (
            select 1
            from {{ conversions }} as purchases
            where
                purchases.customer_uuid = {{ touch }}.customer_uuid
                and purchases.at >= {{ touch }}.at
                and {{ is_caused_by(touch, 'purchases') }}
        )
{%- endmacro %}
