{#- The history of published customers (customer_uuid_history), written by customer_identifier in the transaction
    that publishes them. An hour knows what went and what came (keyed.sql); of a table that is made whole the
    former one is kept aside until then. The first build publishes without history. -#}

{#- Pre-hook. -#}
{% macro keep_customers() -%}
{%- if execute and load_relation(this) is not none and not is_current() -%}
create temporary table {{ this.identifier }}__before on commit drop as
select id_type, id_value, customer_uuid from {{ this }}
{%- endif -%}
{%- endmacro %}

{#- Post-hook. -#}
{% macro log_uuid_changes() -%}
{%- set history, nodes = ref('customer_uuid_history'), ref('int_identity__nodes') -%}
{%- set before, changed = this.identifier ~ '__before', this.identifier ~ '__changed' -%}
{%- set known -%}
select to_regclass('pg_temp.{{ before }}') is not null, to_regclass('pg_temp.{{ changed }}') is not null
{%- endset -%}
{%- set is_anew, is_changed = run_query(known).rows[0] if execute else (false, false) -%}
{%- if is_anew or is_changed -%}
insert into {{ history }} (batch_seq, node_id, old_uuid, new_uuid, cause, changed_at)
with changed as materialized (
    {%- if is_anew %}
    select
        node.node_id,
        former.customer_uuid as old_uuid,
        latter.customer_uuid as new_uuid
    from {{ before }} as former
    full join {{ this }} as latter on former.id_type = latter.id_type and former.id_value = latter.id_value
    inner join {{ nodes }} as node
        on node.id_type = coalesce(former.id_type, latter.id_type)
        and node.id_value = coalesce(former.id_value, latter.id_value)
    {%- else %}
    select
        coalesce(former.node_id, latter.node_id) as node_id,
        former.customer_uuid as old_uuid,
        latter.customer_uuid as new_uuid
    from (select * from {{ changed }} where sign < 0) as former
    full join (select * from {{ changed }} where sign > 0) as latter on former.node_id = latter.node_id
    {%- endif %}
    where former.customer_uuid is distinct from latter.customer_uuid
),

merged as (
    select
        former.old_uuid,
        anchor.customer_uuid as new_uuid
    from (select distinct old_uuid from changed) as former
    inner join {{ this }} as anchor on former.old_uuid = {{ birth_uuid('anchor.') }}
)

select
    bound.up_to_seq,
    changed.node_id,
    changed.old_uuid,
    changed.new_uuid,
    case
        when changed.new_uuid is null then 'shared'
        when changed.old_uuid is null then 'new'
        when changed.new_uuid = merged.new_uuid then 'merge'
        else 'split'
    end,
    clock_timestamp()
from changed
left join merged on changed.old_uuid = merged.old_uuid
cross join {{ source('ops', 'bound') }} as bound
on conflict (batch_seq, node_id) do nothing
{%- endif -%}
{%- endmacro %}
