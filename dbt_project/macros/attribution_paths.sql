{#- From touches to a path, for the tables and for marts.explain_order alike. -#}

{#- One row per conversion (with `condition`) and touch of its customer within `times` the longest lookback, both ends
    included; its order is (touched_at, source_priority, touch_id).

    previous_purchase_at  the customer's last paid purchase before this conversion, within that time
    session_at            of a call without a tracked number: the web session it belongs to
    told_at               of a source on a CRM object: the last touch of the path that says the same

    What only some models or touches ask for is looked up by itself: no touch but those passes through it. -#}
{% macro paths_of(conversions, touches, models, rules, times=1, condition='true') -%}
with longest as (
    select
        {{ days('max(lookback_days) * ' ~ times) }} as lookback,
        bool_or(coalesce(resets, false)) as resets,
        bool_or(coalesce(merges_calls, false)) as merges_calls
    from {{ models }}
),

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

called as (
    select
        reached.conversion_id,
        calls.touch_id,
        max(visits.at) as session_at
    from reached
    inner join {{ touches }} as calls on {{ _is_within('calls', 'reached') }}
    inner join {{ touches }} as visits
        on
            {{ _is_within('visits', 'reached') }}
            and visits.at >= calls.at - interval '{{ session_minutes() }} minutes'
            and (visits.at, visits.source_priority, visits.touch_id)
            < (calls.at, calls.source_priority, calls.touch_id)
    where
        (select merges_calls from longest)
        and calls.touch_type = 'call'
        and visits.touch_type = 'web_session'
        and visits.is_on_path
        and not {{ is_caused_by('visits', 'reached') }}
        and not exists (
            select 1 from {{ rules }} as numbers
            where numbers.channel = '(trunk)' and calls.rule_id = numbers.rule_id
        )
    group by reached.conversion_id, calls.touch_id
),

told as (
    select
        reached.conversion_id,
        noted.touch_id,
        max(other.at) as at
    from reached
    inner join {{ touches }} as noted on {{ _is_within('noted', 'reached') }}
    inner join {{ touches }} as other
        on
            {{ is_told_by('noted', 'noted.at') }}
    where
        noted.touch_type = 'crm_source'
        and other.at <= reached.at
        and not {{ is_caused_by('other', 'reached') }}
    group by reached.conversion_id, noted.touch_id
)

select
    reached.conversion_id,
    touches.touch_id,
    reached.customer_uuid,
    reached.at as converted_at,
    touches.at as touched_at,
    touches.source_priority,
    reached.previous_purchase_at,
    called.session_at,
    told.at as told_at,
    touches.is_direct,
    touches.channel,
    touches.source,
    touches.campaign
from reached
inner join {{ touches }} as touches on {{ _is_within('touches', 'reached') }}
left join called
    on
        touches.touch_type = 'call'
        and reached.conversion_id = called.conversion_id
        and touches.touch_id = called.touch_id
left join told
    on
        touches.touch_type = 'crm_source'
        and reached.conversion_id = told.conversion_id
        and touches.touch_id = told.touch_id
where
    touches.is_on_path
    -- What the order itself made cannot have led to it.
    and not {{ is_caused_by('touches', 'reached') }}
    -- The visit to the till is the purchase itself, not what led to it.
    and not (
        reached.kind = 'receipt' and touches.touch_type = 'pos_visit' and touches.at = reached.at
    )
{%- endmacro %}

{% macro _is_within(touch, reached) -%}
{{ reached }}.customer_uuid = {{ touch }}.customer_uuid
    and {{ reached }}.at >= {{ touch }}.at
    and {{ reached }}.from_at <= {{ touch }}.at
{%- endmacro %}

{#- One row per conversion with touches: its path as arrays. Grouped by the customer first, whose uuid sorts
    twice as fast as the conversion's key. -#}
{% macro sequences_of(paths) -%}
select
    conversion_id,
    converted_at,
    previous_purchase_at,
    count(*)::int as path_length,
    max(session_at) as last_session_at,
    max(told_at) as last_told_at,
    {%- for column, values in {
        'touch_id': 'touch_ids', 'touched_at': 'touch_times', 'channel': 'channels', 'source': 'sources',
        'campaign': 'campaigns', 'is_direct': 'are_direct', 'session_at': 'session_times', 'told_at': 'told_times',
    }.items() %}
    array_agg({{ column }} order by touched_at, source_priority, touch_id) as {{ values }}{{ ',' if not loop.last }}
    {%- endfor %}
from {{ paths }}
group by customer_uuid, converted_at, conversion_id, previous_purchase_at
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
