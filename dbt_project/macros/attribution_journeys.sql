{#- What journeys of the data-driven models are made of. -#}

{#- Purchases of customers, and of nobody known (who own themselves), each with the moment of the customer's
    purchase before it; of two at one instant the smaller key comes first. -#}
{% macro journey_purchases(conversions, touches) -%}
select
    conversions.conversion_id,
    {{ owner_of('conversions') }} as owner,
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
from {{ conversions }} as conversions
left join {{ touches }} as own on {{ is_own_source('conversions', 'own') }}
where {{ is_purchase('conversions') }}
{%- endmacro %}

{#- Touches that a journey may hold. -#}
{% macro journey_touches(touches, conversions) -%}
select
    touches.touch_id,
    touches.customer_uuid,
    touches.at,
    touches.source_priority,
    touches.channel,
    touches.brand
from {{ touches }} as touches
where
    touches.customer_uuid is not null
    and touches.is_on_path
    and not exists (
        select 1
        from ({{ no_part_of_journeys(touches, conversions) }}) as others
        where touches.touch_id = others.touch_id
    )
{%- endmacro %}

{#- SELECT of touches on a path that are part of no journey. The visit to the till at the instant of the customer's
    own receipt is that purchase, not what led to it; nor is what a later purchase is itself about; a source on a
    CRM object that another touch tells is no second one. -#}
{% macro no_part_of_journeys(touches, conversions) -%}
with noted as (
    select *
    from {{ touches }} as told
    where
        told.customer_uuid is not null
        and told.is_on_path
        and (told.about is not null or told.touch_type in ('pos_visit', 'crm_source'))
),

about_a_purchase as (
    select noted.touch_id
    from noted
    inner join {{ conversions }} as purchases
        on
            noted.customer_uuid = purchases.customer_uuid
            and noted.at <= purchases.at
            and {{ is_caused_by('noted', 'purchases') }}
    where noted.about is not null
)

select touch_id
from about_a_purchase
union all
select noted.touch_id
from noted
inner join {{ conversions }} as receipts
    on
        noted.customer_uuid = receipts.customer_uuid
        and noted.at = receipts.at
        and receipts.kind = 'receipt'
where noted.touch_type = 'pos_visit'
union all
select noted.touch_id
from noted
inner join {{ touches }} as other
    on
        {{ is_told_by('noted', 'noted.at') }}
where
    noted.touch_type = 'crm_source'
    and not exists (select 1 from about_a_purchase where about_a_purchase.touch_id = other.touch_id)
{%- endmacro %}

{#- One of journey_buckets groups of owners, by their name alone: which rows stand beside it changes nothing. -#}
{% macro journey_bucket(owner) -%}
    ('x' || left(md5({{ owner }}), 2))::bit(8)::int % {{ var('journey_buckets') }}
{%- endmacro %}
