{#- What a table was made of and up to where it has followed, in `ops`.

Version: a digest of all that a table depends on besides rows (omni_pipeline/warehouse/versions.py), recorded in
ops.model_version before dbt starts. A table is made whole when it is missing, when its version differs from the
one it was made of, or when a table it stands on was made whole after it: exactly what depends on a change, also
after a run that died.

Watermark: ops.watermark holds, for each table and each change log it follows, the last change it has seen; bronze
is one log for all staging views, up to the bound of the run. -#}

{% macro is_current() -%}
{%- if not execute or flags.FULL_REFRESH %}{{ return(false) }}{% endif -%}
{%- set standing -%}
select bound.up_to_seq, watermark.followed, watermark.up_to
from ops.table_made as made
inner join ops.model_version as wanted on made.model = wanted.model and made.version = wanted.version
inner join ops.watermark on made.model = watermark.model
cross join ops.bound
where made.model = '{{ this.identifier }}'
    and exists (select 1 from pg_class where oid = to_regclass('{{ this }}') and relkind = 'r')
    and not exists (
        select 1 from ops.table_made as ancestor
        where ancestor.model = any(wanted.ancestors) and ancestor.made_at > made.made_at
    )
{%- endset -%}
{%- set rows = run_query(standing).rows -%}
{%- set marks = {} -%}
{%- for row in rows %}{% do marks.update({row[1]: row[2]}) %}{% endfor -%}
{%- do model.update({'marks': marks, 'bound': rows[0][0] if rows else none}) -%}
{{ return(rows | length > 0) }}
{%- endmacro %}

{#- The last change this table has seen of what it follows; inside is_current() alone. -#}
{% macro watermark(followed) -%}
{{ return(model['marks'].get(followed, -1) | int) }}
{%- endmacro %}

{% macro bound_of_run() -%}
{{ return(model['bound'] | int) }}
{%- endmacro %}

{#- Up to where this table has followed now; of one `made` whole also of what version. -#}
{% macro move_watermarks(made=false) -%}
{%- if made %}
delete from ops.watermark where model = '{{ this.identifier }}';
insert into ops.table_made (model, version)
select model, version from ops.model_version where model = '{{ this.identifier }}'
on conflict (model) do update set version = excluded.version, since = -1, made_at = clock_timestamp();
{%- endif %}
insert into ops.watermark (model, followed, up_to)
select '{{ this.identifier }}', 'bronze', bound.up_to_seq from ops.bound
{%- for name in listed(config.require('follows')) if has_log(nodes_by_name()[name]) %}
union all
select '{{ this.identifier }}', '{{ name }}', coalesce(max(change_no), {{ 0 if made else watermark(name) }})
from {{ log_of(relation_of(name)) }}
{%- endfor %}
on conflict (model, followed) do update set up_to = excluded.up_to, moved_at = clock_timestamp()
{%- endmacro %}

{#- Models and seeds of the project by name. -#}
{% macro nodes_by_name() -%}
{%- if 'nodes_by_name' not in model -%}
{%- set found = {} -%}
{%- for node in (graph.nodes.values() if execute else []) if node.resource_type in ('model', 'seed') %}{% do found.update({node.name: node}) %}{% endfor -%}
{%- do model.update({'nodes_by_name': found}) -%}
{%- endif -%}
{{ return(model['nodes_by_name']) }}
{%- endmacro %}

{% macro relation_of(name) -%}
{%- set node = nodes_by_name()[name] -%}
{{ return(api.Relation.create(database=node.database, schema=node.schema, identifier=node.alias)) }}
{%- endmacro %}
