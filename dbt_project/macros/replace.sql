{#- Strategy `replace`: what follows from changed keys is compared with what stands, and only rows that
    differ are written. A model configures

    affected       table of its schema `intermediate` with the keys that this run handles
    affected_by    the columns of that table and of its own by which rows belong to a key
    unique_key     columns that identify a row, never null
    logs           optional: whole rows that vanished or are new are noted in its change log

    and selects, when not whole, exactly the rows that affected keys have now. Rows that are equal stay
    untouched, so a change that changes nothing ends here and reaches no table that reads this one.
    Of the identity graph alone: tables that follow keys are keyed (macros/engine). -#}
{% macro get_incremental_replace_sql(arg_dict) -%}
{%- set target = arg_dict['target_relation'] -%}
{%- set made = arg_dict['temp_relation'] -%}
{%- set names = arg_dict['dest_columns'] | map(attribute='name') | list -%}
{%- set keys = [arg_dict['unique_key']] if arg_dict['unique_key'] is string else arg_dict['unique_key'] -%}
{%- set by = config.require('affected_by') -%}
{%- set affected = this.incorporate(path={'schema': 'intermediate', 'identifier': config.require('affected')}) -%}
{%- set gone, fresh = this.identifier ~ '__gone', this.identifier ~ '__fresh' %}
{%- set affected_keys, made_keys = {}, {} -%}
{%- for name in by %}{% do affected_keys.update({name: 'affected.' ~ name}) %}{% endfor -%}
{%- for name in keys %}{% do made_keys.update({name: 'entry.' ~ name}) %}{% endfor -%}
{%- set columns %}{% for name in names %}entry.{{ name }}{{ ', ' if not loop.last }}{% endfor %}{% endset %}
create temporary table {{ gone }} on commit drop as
with stood as materialized (
    select {{ columns }}
    from (select distinct {{ by | join(', ') }} from {{ affected }}) as affected
    cross join lateral {{ looked_up(target, names, affected_keys, unique=false) }} as entry
)
select * from stood
except
select {{ columns }} from {{ made }} as entry;

create temporary table {{ fresh }} on commit drop as
select {{ columns }} from {{ made }} as entry
left join lateral {{ looked_up(target, keys, made_keys) }} as stood on true
where stood.{{ keys[0] }} is null
union all
select {{ columns }} from {{ made }} as entry
inner join {{ gone }} as gone
    on {% for name in keys %}entry.{{ name }} = gone.{{ name }}{{ ' and ' if not loop.last }}{% endfor %};

{% if config.get('logs') -%}
insert into {{ log_of(this) }} ({{ names | join(', ') }}, sign)
select {{ names | join(', ') }}, -1 from {{ gone }}
union all
select {{ names | join(', ') }}, 1 from {{ fresh }};
{%- endif %}

analyze {{ gone }};

delete from {{ target }} as entry
using {{ gone }} as gone
where {% for name in keys %}entry.{{ name }} = gone.{{ name }}{{ ' and ' if not loop.last }}{% endfor %};

insert into {{ target }} ({{ names | join(', ') }})
select {{ names | join(', ') }} from {{ fresh }};

drop table {{ gone }}, {{ fresh }}
{%- endmacro %}
