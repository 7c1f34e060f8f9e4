{#- Pre-hooks of the published customer tables, driven by int_identity__affected. -#}

{#- Takes away the rows of those affected identifiers where `which` holds; the model puts back those that
    stand. Every customer_uuid is the birth uuid of an identifier, so former customers go too. -#}
{% macro forget_affected(columns, which) -%}
{%- if is_incremental() -%}
delete from {{ this }} as published
using {{ ref('int_identity__affected') }} as affected
where
    {%- for mine, theirs in columns.items() %}
    published.{{ mine }} = affected.{{ theirs }} and
    {%- endfor %}
    affected.{{ which }}
{%- endif -%}
{%- endmacro %}

{#- Guarded identifiers whose heir may be another one now, or none: also those that are not affected themselves but
    a neighbour of theirs has a new customer or none. -#}
{% macro restated_guards() -%}
select node_id from {{ ref('int_identity__affected') }}
    where is_guarded
    {%- for mine, other in [('a', 'b'), ('b', 'a')] %}
    union
    select edge.{{ other }}_id as node_id
    from {{ ref('int_identity__affected') }} as affected
    inner join {{ ref('int_identity__edges') }} as edge on affected.node_id = edge.{{ mine }}_id
    inner join {{ ref('int_identity__guards') }} as guard on edge.{{ other }}_id = guard.node_id
    where affected.is_restated
    {%- endfor %}
{%- endmacro %}

{#- Takes their aliases away; bl_customer_alias puts back those that have an heir. -#}
{% macro forget_heirs() -%}
{%- if is_incremental() -%}
delete from {{ this }} as published
using {{ ref('int_identity__nodes') }} as node
where
    published.alias_uuid = node.birth_uuid
    and node.node_id in (
    {{ restated_guards() }}
    )
{%- endif -%}
{%- endmacro %}

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
