{#- How the rows of an input name keys, and the input rows of keys: the two directions of `follows`.

    follows={
        'stg_payments': 'order_id',                        a column that is the key
        'stg_visits': ['shop', 'visitor_id'],              columns, in the order of `key`
        'stg_stages': {'by': {'deal_id': 'owner_id'}},     key column: SQL over the row, `entry.` for its columns
        'customer_identifier': {                           by the keys of rows of another input
            'through': 'stg_touches', 'on': {'id_type': 'id_type', 'id_value': 'id_value'}},
    }

`on` maps columns of the input to columns of the relation it goes through, or is SQL over `entry` (the input's
row) and `via` (the other's). A list of mappings names keys in several ways; one of them may go through the input
itself, to the neighbours of a row that names a key in another way. A way with `when`, SQL over `entry`, is one of
those rows alone. A row that names no key (null) matters to nobody. Both directions look rows up by index, one key
at a time (`lateral … offset 0`): in a plain join the planner may rather read the whole index, for it counts each
page once. Tables that grow by arrivals have two more ways, `since` and `logged` (macros/arrivals.sql). -#}

{#- SELECT of all keys that changes name since the watermarks; each once, in the order of an index: 50,000 look-ups take
    half the CPU time so, since one ends where the next begins. Staging is read as of both moments. -#}
{% macro dirty_keys() -%}
{%- set selects = [] -%}
{%- for name in config.require('follows') -%}
{%- do selects.extend(_keys_of(name, changes_of(name))) -%}
{%- endfor -%}
{%- if config.get('asked') %}{% do selects.append(render(config.get('asked'))) %}{% endif -%}
with found as (
{%- for select in selects %}
    {{ select }}
    {{ 'union all' if not loop.last }}
{%- endfor %}
)

select distinct {{ key_columns() | join(', ') }}
from found
where {% for name in key_columns() %}{{ name }} is not null{{ ' and ' if not loop.last }}{% endfor %}
order by {{ key_columns() | join(', ') }}
{%- endmacro %}

{#- SELECTs of the keys that `rows` of an input name, one for each way; of neighbours without theirs. -#}
{% macro _keys_of(name, rows, neighbours=false) -%}
{%- set selects = [] -%}
{%- for way in _ways(name) if not (neighbours and way.through == name) -%}
{%- if 'by' in way -%}
{%- set columns = [] -%}
{%- for column in key_columns() %}{% do columns.append(_of_entry(way.by[column]) ~ ' as ' ~ column) %}{% endfor -%}
{%- do selects.append('select ' ~ columns | join(', ') ~ ' from ' ~ rows ~ ' as entry' ~ _when(way, ' where ')) -%}
{%- else -%}
{%- set asking = rows -%}
{%- if way.on is mapping -%}
{%- set asked = way.on.keys() | join(', ') -%}
{%- set asking = '(select distinct ' ~ asked ~ ' from ' ~ rows ~ ' as entry' ~ _when(way, ' where ') ~ ' order by ' ~ asked ~ ')' -%}
{%- elif 'when' in way -%}
{%- set asking = '(select * from ' ~ rows ~ ' as entry' ~ _when(way, ' where ') ~ ')' -%}
{%- endif -%}
{%- set found -%}
(
        select via.*
        from {{ asking }} as entry
        cross join lateral (
            select * from {{ relation_of(way.through) }} as via where {{ _on(way.on) }} offset 0
        ) as via
    )
{%- endset -%}
{%- do selects.extend(_keys_of(way.through, found, way.through == name)) -%}
{%- endif -%}
{%- endfor -%}
{{ return(selects) }}
{%- endmacro %}

{#- Statements that put the rows of dirty keys of every input into temporary tables of the inputs' names. -#}
{% macro restricted_inputs(dirty) -%}
{%- for name in _in_order() %}
{%- set input = relation_of(name) -%}
{%- set columns = config.get('reads', {}).get(name, ['*']) -%}
{%- set ways = _ways(name) | rejectattr('through', 'defined') | list
    + _ways(name) | selectattr('through', 'defined') | rejectattr('through', 'equalto', name) | list -%}
{%- set union = 'union' if ways | length > 1 else 'union all' %}
create temporary table {{ adapter.quote(input.identifier) }} on commit drop as
{%- for way in ways %}
{%- if 'since' in way %}
select {{ columns | join(', ') }} from {{ input }} as entry where {{ since_watermark(way.since) }}
{%- elif 'logged' in way %}
select distinct {{ columns | join(', ') }} from {{ log_of(input) }} as entry
where entry.change_no > {{ watermark(name) }}
{%- else %}
{%- set asking = [] -%}
{%- if 'by' in way -%}
{%- for column in key_columns() %}{% do asking.append(_of_entry(way.by[column]) ~ ' = via.' ~ column) %}{% endfor -%}
{%- set steps, condition = dirty, asking | join(' and ') -%}
{%- elif way.on is mapping -%}
{%- set asked = way.on.values() | join(', ') -%}
{%- set steps = '(select distinct ' ~ asked ~ ' from ' ~ temporary(way.through) ~ ' as rows order by ' ~ asked ~ ')' -%}
{%- set condition = _on(way.on) -%}
{%- else -%}
{%- set steps, condition = temporary(way.through), _on(way.on) -%}
{%- endif %}
select {{ 'distinct' if 'through' in way and way.on is string }} entry.*
from {{ steps }} as via
cross join lateral (
    select {{ columns | join(', ') }} from {{ input }} as entry where {{ condition }}{{ _when(way, ' and ') }} offset 0
) as entry
{%- endif %}
{{ union if not loop.last }}
{%- endfor %};
analyze {{ adapter.quote(input.identifier) }};
{%- for way in _ways(name) if way.through == name %}
insert into {{ temporary(name) }}
select entry.*
from {{ temporary(name) }} as via
cross join lateral (
    select {{ columns | join(', ') }} from {{ input }} as entry where {{ _on(way.on) }} offset 0
) as entry
except
select * from {{ temporary(name) }};
{%- endfor %}
{%- endfor %}
{%- endmacro %}

{#- The model's SELECT with every followed input replaced by its temporary table. -#}
{% macro over_restricted(sql) -%}
{%- set text = namespace(sql=sql) -%}
{%- for name in config.require('follows') -%}
{%- set text.sql = text.sql.replace(relation_of(name).render(), temporary(name)) -%}
{%- endfor -%}
{{ return(text.sql) }}
{%- endmacro %}

{% macro temporary(name) -%}
{{ return('pg_temp.' ~ adapter.quote(relation_of(name).identifier)) }}
{%- endmacro %}

{#- Inputs, each after those through which it is found. -#}
{% macro _in_order() -%}
{%- set ordered = [] -%}
{%- set follows = config.require('follows') -%}
{%- for _ in follows -%}
{%- for name in follows if name not in ordered -%}
{%- set missing = _ways(name) | selectattr('through', 'defined') | map(attribute='through') | reject('in', ordered + [name]) | list -%}
{%- if not missing %}{% do ordered.append(name) %}{% endif -%}
{%- endfor -%}
{%- endfor -%}
{%- if ordered | length < follows | length -%}
{{ exceptions.raise_compiler_error(this.identifier ~ ': inputs are found through each other') }}
{%- endif -%}
{{ return(ordered) }}
{%- endmacro %}

{#- The ways of an input as mappings with `by`, or with `through` and `on`. -#}
{% macro _ways(name) -%}
{%- set follows = config.require('follows') -%}
{%- if name not in follows -%}
{{ exceptions.raise_compiler_error(this.identifier ~ ' goes through ' ~ name ~ ', which it does not follow') }}
{%- endif -%}
{%- set told = follows[name] -%}
{%- if told is mapping %}{{ return([told]) }}{% endif -%}
{%- set told = listed(told) -%}
{%- if told[0] is mapping %}{{ return(told) }}{% endif -%}
{%- set by = {} -%}
{%- for column in key_columns() %}{% do by.update({column: told[loop.index0]}) %}{% endfor -%}
{{ return([{'by': by}]) }}
{%- endmacro %}

{% macro _of_entry(expression) -%}
{{ return('entry.' ~ expression if modules.re.match('^[a-z0-9_]+$', expression) else '(' ~ expression ~ ')') }}
{%- endmacro %}

{% macro _when(way, before) -%}
{{ return(before ~ '(' ~ render(way.when) ~ ')' if 'when' in way else '') }}
{%- endmacro %}

{% macro _on(on) -%}
{%- if on is string %}{{ return(render(on)) }}{% endif -%}
{%- set conditions = [] -%}
{%- for mine, theirs in on.items() %}{% do conditions.append('entry.' ~ mine ~ ' = via.' ~ theirs) %}{% endfor -%}
{{ return(conditions | join(' and ')) }}
{%- endmacro %}
