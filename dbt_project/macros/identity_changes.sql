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
{%- set before, gone, fresh = this.identifier ~ '__before', this.identifier ~ '__gone', this.identifier ~ '__fresh' -%}
{%- set known -%}
select to_regclass('pg_temp.{{ before }}') is not null, to_regclass('pg_temp.{{ gone }}') is not null
{%- endset -%}
{%- set is_anew, is_changed = run_query(known).rows[0] if execute else (false, false) -%}
{%- if is_anew or is_changed -%}
insert into {{ history }} (batch_seq, node_id, old_uuid, new_uuid, cause, changed_at)
select
    bound.up_to_seq,
    node.node_id,
    former.customer_uuid,
    latter.customer_uuid,
    case
        when latter.customer_uuid is null then 'shared'
        when former.customer_uuid is null then 'new'
        when latter.customer_uuid = (
            select anchor.customer_uuid from {{ this }} as anchor
            where {{ birth_uuid('anchor.') }} = former.customer_uuid
        ) then 'merge'
        else 'split'
    end,
    clock_timestamp()
from {{ before if is_anew else gone }} as former
full join {{ this if is_anew else fresh }} as latter
    on former.id_type = latter.id_type and former.id_value = latter.id_value
inner join {{ nodes }} as node
    on node.id_type = coalesce(former.id_type, latter.id_type)
    and node.id_value = coalesce(former.id_value, latter.id_value)
cross join {{ source('ops', 'bound') }} as bound
where former.customer_uuid is distinct from latter.customer_uuid
on conflict (batch_seq, node_id) do nothing
{%- endif -%}
{%- endmacro %}
