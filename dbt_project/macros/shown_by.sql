{#- A table that is made whole takes the place of the old one, and dbt drops the old one with the views on
    it: until their own turn comes they would be missing. So a table names in `shown_by` the views of marts
    that read it, each with the macro that renders its query, and they move over in the same transaction.
    dbt calls this on the new table before it takes its name: views are locked before tables, as
    readers of a view lock them. A view of several tables may ask another of them for a column that
    it only gets later in this run: such a view stays, and goes with the old table until its turn. -#}
{% macro create_indexes(relation) -%}
{{ default__create_indexes(relation) }}
{%- for name, render in config.get('shown_by', {}).items() %}
    {%- set view = load_cached_relation(this.incorporate(path={'schema': 'marts', 'identifier': name})) %}
    {#- What an earlier version made a table gives way when its own turn comes. #}
    {%- if view is not none and view.is_view %}
        {%- do run_query(_move(view, context[render](relation))) %}
        {%- if run_query(_reads(view, relation)).rows | length %}
            {#- Else dbt believes that it goes with the old table, and stumbles over it later. -#}
            {%- do adapter.cache_dropped(view) %}
            {%- do adapter.cache_added(view) %}
        {%- endif %}
    {%- endif %}
{%- endfor %}
{%- endmacro %}

{% macro _move(view, query) -%}
do $move$
begin
    drop view {{ view }} cascade;
    create view {{ view }} as {{ query }};
exception when undefined_column or undefined_table then
    raise notice '% follows later', '{{ view.identifier }}';
end
$move$
{%- endmacro %}

{% macro _reads(view, relation) -%}
select 1 from pg_depend
inner join pg_rewrite on pg_depend.objid = pg_rewrite.oid
where pg_rewrite.ev_class = to_regclass('{{ view }}') and pg_depend.refobjid = to_regclass('{{ relation }}')
limit 1
{%- endmacro %}

{#- A table that a view reads: its ref where the view itself is made; `made` where the view moves over to
    that table; otherwise as it stands. -#}
{% macro table_of_view(name, schema, made) -%}
{%- if made is none -%}
{{ ref(name) }}
{%- elif this.identifier == name -%}
{{ made }}
{%- else -%}
{{ this.incorporate(path={'schema': schema, 'identifier': name}) }}
{%- endif -%}
{%- endmacro %}
