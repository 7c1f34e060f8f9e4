{#- What journeys of the data-driven models are made of: of everybody when `whole`, else of affected owners,
    each looked up by index. -#}

{#- Purchases of customers, and of nobody known (who own themselves), each with the moment of the customer's
    purchase before it; of two at one instant the smaller key comes first. -#}
{% macro journey_purchases(conversions, touches, affected, whole) -%}
select
    conversions.conversion_id,
    coalesce(conversions.customer_uuid::text, conversions.conversion_id) as owner,
    conversions.customer_uuid,
    conversions.at,
    conversions.brand,
    conversions.revenue_kopecks,
    -- Without touches: the store led to what was bought there, and a deal may tell its own source.
    array_remove(
        array[coalesce(own.channel, {{ untouched_channel('conversions.kind') }})], '(unattributed)'
    ) as untouched_channels,
    coalesce(
        lag(conversions.at) over (
            partition by conversions.customer_uuid order by conversions.at, conversions.conversion_id
        ),
        '-infinity'
    ) as previous_at
from {{ conversions_of_owners(conversions, affected, whole) }} as conversions
left join lateral {{ own_source('conversions', touches) }} as own on true
where {{ is_purchase('conversions') }}
{%- endmacro %}

{#- Conversions: all of them when `whole`, else those of affected owners. -#}
{% macro conversions_of_owners(conversions, affected, whole) -%}
{%- if whole -%}
{{ conversions }}
{%- else -%}
(
    select conversions.*
    from {{ affected }} as affected
    inner join {{ conversions }} as conversions on affected.customer_uuid = conversions.customer_uuid
    union all
    select conversions.*
    from {{ affected }} as affected
    inner join {{ conversions }} as conversions on affected.conversion_id = conversions.conversion_id
    where conversions.customer_uuid is null
)
{%- endif -%}
{%- endmacro %}

{#- Touches that a journey may hold. The visit to the till at the instant of the customer's own receipt is
    that purchase, not what led to it; nor is what a later purchase is itself about; a source on a CRM object
    that another touch tells is no second one. -#}
{% macro journey_touches(touches, conversions, affected, whole) -%}
select
    touches.touch_id,
    touches.customer_uuid,
    touches.at,
    touches.source_priority,
    touches.channel,
    touches.brand
{%- if whole %}
from {{ touches }} as touches
where
    touches.customer_uuid is not null
    and touches.is_on_path
{%- else %}
from {{ affected }} as affected
inner join {{ touches }} as touches on affected.customer_uuid = touches.customer_uuid
where
    touches.is_on_path
{%- endif %}
    and not (
        touches.touch_type = 'pos_visit'
        and exists (
            select 1
            from {{ conversions }} as receipts
            where
                receipts.kind = 'receipt'
                and receipts.customer_uuid = touches.customer_uuid
                and receipts.at = touches.at
        )
    )
    and not (
        {{ is_about_a_purchase('touches', conversions) }}
    )
    and not (
        touches.touch_type = 'crm_source'
        and exists (
            select 1
            {{ told_by_others('touches', 'touches.at', touches) }}
                and not ({{ is_about_a_purchase('other', conversions) }})
        )
    )
{%- endmacro %}

{#- One of journey_buckets groups of owners, by their name alone: which rows stand beside it changes nothing. -#}
{% macro journey_bucket(owner) -%}
    ('x' || left(md5({{ owner }}), 2))::bit(8)::int % {{ var('journey_buckets') }}
{%- endmacro %}
