-- Touches that this run writes again: those that arrivals may have changed, CRM calls that a changed call
-- of the exchange may hide or give back, and, with `origin` stored, published touches that are unchanged
-- but belong to another customer now. Empty when everything is made anew.
{{ config(
    news=true,
    distributed_by='touch_id',
    indexes=[{'columns': ['touch_id']}],
) }}
{#- As the last run left it; a ref would close a circle. -#}
{%- set published = this.incorporate(path={'schema': 'marts', 'identifier': 'fct_touch'}) %}

with changed as (
    select
        touch_id,
        origin,
        origin_id,
        origin_text
    from {{ ref('int_journey__changed_touches') }}
)
{%- if is_whole() %}

-- depends_on: {{ ref('int_journey__calls') }}, {{ ref('int_identity__affected') }}
select * from changed
{%- else %},

-- Where a call was when it was last published, and where it is now.
exchange_calls as (
    select
        before.id_value as phone,
        before.at
    from changed
    inner join {{ published }} as before on changed.touch_id = before.touch_id
    where changed.origin = 'call' and before.id_type = 'PHONE'
    union
    select
        now.phone,
        now.at
    from changed
    inner join {{ ref('int_journey__calls') }} as now on changed.touch_id = now.touch_id
    where changed.origin = 'call'
),

prepared_anew as (
    select * from changed
    union
    select
        crm_call.touch_id,
        'activity' as origin,
        crm_call.activity_id as origin_id,
        null::text as origin_text
    from exchange_calls
    inner join {{ ref('int_journey__calls') }} as crm_call
        on
            exchange_calls.phone = crm_call.phone
            and crm_call.at between exchange_calls.at - interval '{{ same_call_seconds() }} seconds'
            and exchange_calls.at + interval '{{ same_call_seconds() }} seconds'
    where crm_call.source_system = 'crm'
)

select * from prepared_anew
union all
select
    published.touch_id,
    'stored' as origin,
    null as origin_id,
    null as origin_text
from {{ ref('int_identity__affected') }} as identifier
inner join {{ published }} as published
    on identifier.id_type = published.id_type and identifier.id_value = published.id_value
where
    identifier.is_restated
    and identifier.customer_uuid is distinct from published.customer_uuid
    and not exists (
        select 1 from prepared_anew
        where published.touch_id = prepared_anew.touch_id
    )
{%- endif %}
