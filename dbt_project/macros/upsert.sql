{#- Strategy `upsert`: rows come complete, a known key is overwritten in place. -#}
{% macro get_incremental_upsert_sql(arg_dict) -%}
{%- set columns = arg_dict['dest_columns'] | map(attribute='name') | list -%}
{%- set keys = [arg_dict['unique_key']] if arg_dict['unique_key'] is string else arg_dict['unique_key'] -%}
insert into {{ arg_dict['target_relation'] }} ({{ columns | join(', ') }})
select {{ columns | join(', ') }} from {{ arg_dict['temp_relation'] }}
on conflict ({{ keys | join(', ') }}) do update set
    {% for column in columns if column not in keys -%}
    {{ column }} = excluded.{{ column }}{{ ', ' if not loop.last }}
    {%- endfor %}
{%- if config.get('delta_columns') %};
{{ keep_delta(arg_dict['temp_relation']) }}
{%- endif %}
{%- endmacro %}

{#- Config `delta_columns` of a model with strategy `upsert`: columns of the rows that its last run wrote, kept for
    models that would find these rows again by a dear key. Written in the transaction of the rows, empty after
    a rebuild. Only of use to readers for whom it may miss rows and be of any age: a run that died has counted
    what the next one then leaves out. -#}
{% macro delta_of(name) -%}
{{ return(this.incorporate(path={'schema': 'intermediate', 'identifier': name ~ '__delta'})) }}
{%- endmacro %}

{% macro keep_delta(rows) -%}
{%- set handed = delta_of(this.identifier) -%}
drop table if exists {{ handed }};
create table {{ handed }} as select {{ config.get('delta_columns') | join(', ') }} from {{ rows }};
-- Of 3,000 rows: all that a join of it asks, for a quarter of what 30,000 cost.
set local default_statistics_target = 10;
analyze {{ handed }};
set local default_statistics_target to default
{%- endmacro %}
