{#- From touches to a path, for the tables and for marts.explain_order alike. -#}

{#- One row per conversion (with `condition`) and touch of its customer within `times` the longest lookback, both ends
    included, in the order (time, source priority, touch_id).

    previous_purchase_at  the customer's last paid purchase before this conversion, within that time
    session_at            of a call without a tracked number: the web session it belongs to
    told_at               of a source on a CRM object: the last touch of the path that says the same -#}
{% macro paths_of(conversions, touches, models, rules, times=1, condition='true') -%}
with longest as (
    select
        {{ days('max(lookback_days) * ' ~ times) }} as lookback,
        bool_or(coalesce(resets, false)) as resets
    from {{ models }}
),

-- Looked up only when some model asks for it.
previous as (
    select
        conversions.conversion_id,
        max(purchases.at) as at
    from {{ conversions }} as conversions
    inner join {{ conversions }} as purchases on conversions.customer_uuid = purchases.customer_uuid
    where
        (select resets from longest)
        and {{ condition }}
        and purchases.at < conversions.at
        and purchases.at >= conversions.at - (select lookback from longest)
        and {{ is_purchase('purchases') }}
    group by conversions.conversion_id
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
    from {{ conversions }} as conversions
    cross join longest
    left join previous on conversions.conversion_id = previous.conversion_id
    where {{ condition }}
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
),

told as (
    select
        placed.conversion_id,
        placed.touch_id,
        max(other.at) as at
    from placed
    inner join {{ touches }} as other
        on
            {{ is_told_by('placed', 'placed.touched_at') }}
    where
        placed.touch_type = 'crm_source'
        and other.at <= placed.converted_at
        and not {{ is_caused_by('other', 'placed') }}
    group by placed.conversion_id, placed.touch_id
)

select
    placed.conversion_id,
    placed.touch_id,
    placed.customer_uuid,
    placed.converted_at,
    placed.touched_at,
    placed.previous_purchase_at,
    case
        when
            placed.touch_type = 'call' and not placed.has_own_number
            and placed.last_session_at >= placed.touched_at - interval '{{ session_minutes() }} minutes'
            then placed.last_session_at
    end as session_at,
    told.at as told_at,
    placed.is_direct,
    placed.channel,
    placed.source,
    placed.campaign,
    placed.position::int as position,
    placed.path_length::int as path_length
from placed
left join told
    on
        placed.touch_type = 'crm_source'
        and placed.conversion_id = told.conversion_id
        and placed.touch_id = told.touch_id
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

{#- What paths follow, as conditions of `follows`: the touches before a conversion, and purchases that end the path
    of a model that resets. -#}
{% macro touch_before() -%}
{{ return(
    "entry.customer_uuid = via.customer_uuid and entry.at <= via.at"
    ~ " and entry.at >= via.at - {{ longest_lookback(ref('attribution_models')) }}"
) }}
{%- endmacro %}

{% macro purchase_before() -%}
{{ return(
    touch_before() ~ " and entry.at < via.at and (select bool_or(resets) from {{ ref('attribution_models') }})"
) }}
{%- endmacro %}

{#- The columns of touches and conversions that paths and credit are made of. -#}
{% macro path_columns() -%}
{{ return([
    'touch_id', 'customer_uuid', 'at', 'touch_type', 'source_priority', 'is_on_path', 'is_direct', 'rule_id', 'channel',
    'source', 'medium', 'campaign', 'about',
]) }}
{%- endmacro %}

{% macro credited_columns() -%}
{{ return([
    'conversion_id', 'customer_uuid', 'at', 'kind', 'status', 'is_paid', 'is_cancelled', 'is_first', 'brand', 'region',
    'order_id', 'order_number', 'deal_id', 'opened_at', 'revenue_kopecks', 'margin_kopecks',
]) }}
{%- endmacro %}
