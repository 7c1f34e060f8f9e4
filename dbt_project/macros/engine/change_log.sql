{#- Change logs: what came and went in a relation since a reader last looked.

A table that another one follows has a log of its own, <table>__changes in schema `intermediate`: in the transaction
of a change the old row with sign -1 and the new one with +1. What all readers have passed goes when a run is complete
(warehouse/publication.py). Bronze is its own change log: a version has arrived
at `_seq` and was replaced at `_next_seq`, so a staging view that shows both columns of its raw table has its
changes in its own definition, read as of both moments (`omni.since`, standing.sql). A relation may name another
in `changes` that holds at least the rows that changed (of `rows` there those of `changes_where`): for what the
identity graph says. Rows of a table that grows by arrivals stay: what came since is its change.

A row that is not there any more at the bound and was not there at the watermark is no change: it is in neither
rebuild. With `reads`, changes that agree in these columns cancel out. -#}

{#- The changed rows of an input, old and new, as a FROM item. -#}
{% macro changes_of(name) -%}
{%- set node = nodes_by_name()[name] -%}
{%- set read = config.get('reads', {}).get(name) -%}
{%- set columns = (read or ['*']) | join(', ') -%}
{%- if node.config.get('changes') -%}
{{ return('(select * from ' ~ relation_of(node.config.get('changes')) ~ ' as rows where '
    ~ render(node.config.get('changes_where', 'true')) ~ ')') }}
{%- elif node.config.get('arrives_by') -%}
{{ return('(select ' ~ columns ~ ' from ' ~ relation_of(name) ~ ' as rows where rows.'
    ~ node.config.get('arrives_by') ~ ' > ' ~ watermark('bronze') ~ ')') }}
{%- endif -%}
{%- set rows -%}
{%- if not has_log(node) -%}
{%- set mark, bound = watermark('bronze'), bound_of_run() -%}
select {{ columns }}, 1 as sign from {{ relation_of(name) }} as new
where new._seq > {{ mark }} and (new._next_seq is null or new._next_seq > {{ bound }})
union all
select {{ columns }}, -1 as sign from {{ relation_of(name) }} as old
where old._next_seq > {{ mark }} and old._next_seq <= {{ bound }} and old._seq <= {{ mark }}
{%- else -%}
select {{ columns }}, sign from {{ log_of(relation_of(name)) }} as changes
where changes.change_no > {{ watermark(name) }}
{%- endif -%}
{%- endset -%}
{%- if not read %}{{ return('(' ~ rows ~ ')') }}{% endif -%}
{{ return('(select ' ~ columns ~ ' from (' ~ rows ~ ') as signed group by ' ~ columns ~ ' having sum(sign) <> 0)') }}
{%- endmacro %}

{% macro log_of(relation) -%}
{{ return(relation.incorporate(path={'schema': 'intermediate', 'identifier': relation.identifier ~ '__changes'})) }}
{%- endmacro %}

{#- Whether a relation has a log of its own, not bronze's or another's. -#}
{% macro has_log(node) -%}
{{ return(node.config.materialized in ('keyed', 'sums') or node.config.get('logs') is not none) }}
{%- endmacro %}

{#- Whether any table follows this one, or a reader outside dbt (config `followed_by`). -#}
{% macro is_followed() -%}
{{ return(followers_of(this.identifier) | length > 0) }}
{%- endmacro %}

{% macro followers_of(name) -%}
{%- set found = nodes_by_name()[name].config.get('followed_by', []) | list if execute else [] -%}
{%- for node in nodes_by_name().values() if name in listed(node.config.get('follows') or []) -%}
{%- do found.append(node.name) -%}
{%- endfor -%}
{{ return(found) }}
{%- endmacro %}

{#- An empty log with the columns of a table just made whole: whoever follows is made whole as well. Every table has
    one, so that a follower may be added later; without any it stays empty. -#}
{% macro start_log(target) -%}
create schema if not exists {{ log_of(target).schema }};
drop table if exists {{ log_of(target) }};
delete from ops.watermark where followed = '{{ target.identifier }}';
create table {{ log_of(target) }} (
    like {{ target }},
    sign integer not null,
    change_no bigint generated always as identity primary key
)
{%- endmacro %}
