{#- Making a table whole: the same SELECT without a restriction, put in the old table's place in one transaction.

Views on the old table would go with it and be missing until their own turn comes: they are made anew on the new
table from what PostgreSQL knows of them, in the same transaction. Views are dropped before the table, as their
readers lock them. A view that asks for a column the new table has not, or will get only later in this run, goes
until its turn. -#}
{% macro make_whole(target, sql) -%}
{%- set new = make_intermediate_relation(target) -%}
{%- set stood = load_cached_relation(this) -%}
{%- call statement('making') -%}
drop table if exists {{ new }};
{{ get_create_table_as_sql(False, new, sql) }}
{%- endcall -%}
{%- do create_indexes(new) -%}
{%- if stood is not none and stood.is_view %}{% do adapter.drop_relation(stood) %}{% endif -%}
{%- set views = run_query(_views_on(target)).rows -%}
{%- call statement('put_in_place') -%}
analyze {{ new }};
{{ drop_views(views) }}
drop table if exists {{ target }};
alter table {{ new }} rename to {{ adapter.quote(target.identifier) }};
{{ create_views(views) }}
{{ start_log(target) }}
{%- endcall -%}
{%- do forget_missing(views, target) -%}
{%- call statement('main') -%}
{{ move_watermarks(made=true) }}
{%- endcall -%}
{%- endmacro %}

{#- A view changes in the same way: dbt's own would take the views that read it along. -#}
{% materialization view, adapter='postgres' %}
{%- set target = this.incorporate(type='view') -%}
{%- set stood = load_cached_relation(this) -%}
{{ run_hooks(pre_hooks, inside_transaction=True) }}
{%- if stood is not none and not stood.is_view %}{% do adapter.drop_relation(stood) %}{% endif -%}
{%- set views = run_query(_views_on(target)).rows -%}
{%- call statement('main') -%}
{{ drop_views(views) }}
drop view if exists {{ target }};
{{ get_create_view_as_sql(target, sql) }}
{{ create_views(views) }}
{%- endcall -%}
{%- do forget_missing(views, target) -%}
{{ run_hooks(post_hooks, inside_transaction=True) }}
{{ adapter.commit() }}
{{ return({'relations': [target]}) }}
{% endmaterialization %}

{% macro drop_views(views) -%}
{%- for view in views | reverse %}
drop view if exists {{ view[0] }} cascade;
{%- endfor %}
{%- endmacro %}

{% macro create_views(views) -%}
{%- for view in views %}
do $view$
begin
    create view {{ view[0] }} as {{ view[3] }}
exception when undefined_column or undefined_table then
    raise notice '{{ view[0] }} follows later';
end
$view$;
{%- endfor %}
{%- endmacro %}

{#- Views that could not be made anew: else dbt believes that they stand, and stumbles over them at their turn. -#}
{% macro forget_missing(views, target) -%}
{%- for view in views if run_query("select to_regclass('" ~ view[0] ~ "')").rows[0][0] is none -%}
{%- do adapter.cache_dropped(target.incorporate(type='view', path={'schema': view[1], 'identifier': view[2]})) -%}
{%- endfor -%}
{%- endmacro %}

{#- The views that read a table or view, directly or through others, each after those it reads. One at a time: of
    two threads that take the same views along one would miss them, or wait for the other for ever. -#}
{% macro _views_on(target) -%}
lock table ops.creation_lock in share row exclusive mode;
with recursive reading (view_oid, depth) as (
    select rewrite.ev_class, 1
    from pg_depend as link
    inner join pg_rewrite as rewrite on link.objid = rewrite.oid and link.classid = 'pg_rewrite'::regclass
    where link.refobjid = to_regclass('{{ target }}') and rewrite.ev_class <> link.refobjid
    union
    select rewrite.ev_class, reading.depth + 1
    from reading
    inner join pg_depend as link on reading.view_oid = link.refobjid and link.classid = 'pg_rewrite'::regclass
    inner join pg_rewrite as rewrite on link.objid = rewrite.oid and rewrite.ev_class <> reading.view_oid
)

select
    format('%I.%I', space.nspname, view.relname) as name,
    space.nspname as schema,
    view.relname as identifier,
    pg_get_viewdef(view.oid) as query
from (select view_oid, max(depth) as depth from reading group by view_oid) as deepest
inner join pg_class as view on deepest.view_oid = view.oid and view.relkind = 'v'
inner join pg_namespace as space on view.relnamespace = space.oid
order by deepest.depth, view.oid
{%- endmacro %}
