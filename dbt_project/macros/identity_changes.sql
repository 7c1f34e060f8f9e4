{#- Writes down, before customer_identifier is changed and in the same transaction, whose customer
    changes. The first build publishes without history. -#}
{% macro log_uuid_changes() -%}
{%- if execute and load_relation(this) is not none -%}
insert into {{ ref('customer_uuid_history') }} (batch_seq, node_id, old_uuid, new_uuid, cause, changed_at)
with standing as materialized (
    {%- if is_current() %}
    select node_id, id_type, id_value, birth_uuid, customer_uuid from {{ ref('int_identity__affected') }}
    where is_restated
    {%- else %}
    select node.node_id, node.id_type, node.id_value, node.birth_uuid, member.customer_uuid
    from {{ ref('int_identity__nodes') }} as node
    left join {{ ref('int_identity__members') }} as member on node.node_id = member.node_id
    {%- endif %}
)
select
    bound.up_to_seq,
    standing.node_id,
    published.customer_uuid,
    standing.customer_uuid,
    case
        when standing.customer_uuid is null then 'shared'
        when published.customer_uuid is null then 'new'
        when anchor.customer_uuid = standing.customer_uuid then 'merge'
        else 'split'
    end,
    clock_timestamp()
from standing
cross join {{ source('ops', 'bound') }} as bound
{%- set found = {'id_type': 'standing.id_type', 'id_value': 'standing.id_value'} %}
{%- if is_current() %}
left join lateral {{ looked_up(this, ['customer_uuid'], found) }} as published on true
{%- else %}
left join {{ this }} as published
    on standing.id_type = published.id_type and standing.id_value = published.id_value
{%- endif %}
left join standing as anchor on published.customer_uuid = anchor.birth_uuid
where published.customer_uuid is distinct from standing.customer_uuid
on conflict (batch_seq, node_id) do nothing
{%- endif -%}
{%- endmacro %}
