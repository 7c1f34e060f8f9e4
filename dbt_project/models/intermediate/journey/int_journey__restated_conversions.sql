-- One row per conversion that fct_conversion restates in this run, with the customer it has now: those that
-- changed or vanished, those whose customer changed with an identifier, and all other purchases of their
-- customers, former and present, because a purchase is numbered among the others.
{{ config(
    news=true,
    distributed_by='conversion_id',
    indexes=[{'columns': ['conversion_id'], 'unique': true}],
) }}
-- depends_on: {{ ref('int_identity__affected') }}
{%- set held = ref('int_journey__conversion_identifiers') %}

with touched as (
    select
        conversion_id,
        true as is_changed
    from {{ ref('int_journey__changed_conversions') }}
    {%- if not is_whole() %}
    union all
    select distinct
        held.conversion_id,
        false as is_changed
    from {{ ref('int_identity__affected') }} as identifier
    {{ join_by_key(
        held, 'held', ['conversion_id'],
        {'id_type': 'identifier.id_type', 'id_value': 'identifier.id_value'}, unique=false
    ) }}
    left join {{ ref('int_journey__changed_conversions') }} as changed
        on held.conversion_id = changed.conversion_id
    where identifier.is_restated and changed.conversion_id is null
    {%- endif %}
),

-- The first identifier that belongs to one customer; a shared phone falls through to the next.
customers as (
    select distinct on (touched.conversion_id)
        touched.conversion_id,
        customer.customer_uuid
    from touched
    {{ join_by_key(
        held, 'held', ['place', 'id_type', 'id_value'],
        {'conversion_id': 'touched.conversion_id'}, unique=false
    ) }}
    {{ join_by_key(
        ref('customer_identifier'), 'customer', ['customer_uuid'],
        {'id_type': 'held.id_type', 'id_value': 'held.id_value'}
    ) }}
    order by touched.conversion_id asc, held.place asc
),

known as (
    select
        touched.conversion_id,
        touched.is_changed,
        customers.customer_uuid
    from touched
    left join customers on touched.conversion_id = customers.conversion_id
)
{%- if is_whole() %}

select
    conversion_id,
    customer_uuid,
    is_changed
from known
{%- else %}
{%- set published = this.incorporate(path={'schema': 'marts', 'identifier': 'fct_conversion'}) %},

stood as (
    select
        known.conversion_id,
        known.is_changed,
        known.customer_uuid,
        published.customer_uuid as former_uuid
    from known
    {{ join_by_key(
        published, 'published', ['customer_uuid'], {'conversion_id': 'known.conversion_id'}, left=true
    ) }}
),

restated as (
    select * from stood
    where is_changed or customer_uuid is distinct from former_uuid
),

people as (
    select customer_uuid from restated
    where customer_uuid is not null
    union
    select former_uuid as customer_uuid from restated
    where former_uuid is not null
)

select
    conversion_id,
    customer_uuid,
    is_changed
from restated
union all
select
    purchase.conversion_id,
    purchase.customer_uuid,
    false as is_changed
from people
{{ join_by_key(
    published, 'purchase', ['conversion_id', 'customer_uuid', 'sequence_no'],
    {'customer_uuid': 'people.customer_uuid'}, unique=false
) }}
left join restated on purchase.conversion_id = restated.conversion_id
where purchase.sequence_no is not null and restated.conversion_id is null
{%- endif %}
