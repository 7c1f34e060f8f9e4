{#- Materialization `arrivals`: a table that grows by what arrives, as the evidence of the identity graph does.

A model is one plain SELECT, which is the rebuild: what all arrivals so far show. Its config says

    arrives_by       output column with the arrival (`_seq`) that made a row possible
    unique_key       columns that identify a row; without it all rows of new arrivals are new
    follows          as of a keyed table (engine/follows.sql), with two more ways to take the rows of an input:
                     {'since': column}    those of later arrivals; or SQL over `entry`
                     {'logged': true}     those that the input has written since (its config `logs`)
    looks_up         relations that the SELECT reads by index alone (looked_up): it asks them for what they said by
                     the arrival of a row, which no later one changes
    combines         optional, column: SQL over `stood` and `excluded`, how a row that is there takes what came;
                     other columns stay as the first arrival made them. Without it a row that is there stays
    logs             optional: columns of the rows that a run has written, kept for followers (`logged`)

An hour puts the input rows of its arrivals into temporary tables, evaluates the same SELECT over those, and adds rows
that arrived since the watermark and are not there yet; the watermark moves in the same transaction.

Why this equals a rebuild. A row says what was known at its arrival, and no later arrival changes that: rows up to the
watermark stand, and what the temporary tables and look-ups hold is all that the later ones are made of. With
`combines` a row is a fold over its arrivals (first, least, greatest, sum, or); folding what came into what stood is
folding all of it, and nothing is folded twice, for the watermark moves with it. What is taken back (a withdrawn
observation) the model deletes in a pre-hook, and its inputs bring all that still stands for those rows. -#}
{% materialization arrivals, adapter='postgres' %}
{%- set target = this.incorporate(type='table') -%}
{{ run_hooks(pre_hooks, inside_transaction=True) }}
{% if not is_current() %}
{{ make_whole(target, sql) }}
{% else %}
{%- set names = adapter.get_columns_in_relation(target) | map(attribute='name') | list -%}
{%- set made = this.identifier ~ '__made' -%}
{%- call statement('made') -%}
{{ reading_by_key() }};
{{ restricted_inputs(none) }}
create temporary table {{ made }} on commit drop as
select {{ names | join(', ') }}
from (
{{ over_restricted(sql) }}
) as made;
{{ _combined(target, made, names) if config.get('combines') else _added(target, made, names) }};
{%- if config.get('logs') %}
{%- set logged = config.get('logs') | join(', ') %}
insert into {{ log_of(this) }} ({{ logged }}, sign)
select {{ logged }}, 1 from {{ made }};
{%- endif %}
{%- endcall -%}
{%- call statement('main') -%}
{{ move_watermarks() }}
{%- endcall -%}
{% endif %}
{{ run_hooks(post_hooks, inside_transaction=True) }}
{{ adapter.commit() }}
{{ return({'relations': [target]}) }}
{% endmaterialization %}

{% macro _added(target, made, names) -%}
insert into {{ target }} ({{ names | join(', ') }})
select {{ qualified(names, 'made') }}
from {{ made }} as made
{%- if config.get('unique_key') %}
left join lateral (
    select true as stands
    from {{ target }} as stood
    where {{ same(listed(config.get('unique_key')), 'stood', 'made') }}
    limit 1
) as known on true
{%- endif %}
where
    made.{{ config.require('arrives_by') }} > {{ watermark('bronze') }}
    {{- ' and known.stands is null' if config.get('unique_key') }}
{%- endmacro %}

{% macro _combined(target, made, names) -%}
insert into {{ target }} as stood ({{ names | join(', ') }})
select {{ names | join(', ') }} from {{ made }}
on conflict ({{ listed(config.require('unique_key')) | join(', ') }}) do update set
    {%- for column, combined in config.get('combines').items() %}
    {{ column }} = {{ combined }}{{ ',' if not loop.last }}
    {%- endfor %}
{%- endmacro %}

{#- The condition of a way `since`. -#}
{% macro since_watermark(told) -%}
{%- if not modules.re.match('^[a-z0-9_]+$', told) %}{{ return(render(told)) }}{% endif -%}
{{ return('entry.' ~ told ~ ' > ' ~ watermark('bronze')) }}
{%- endmacro %}

{#- Pre-hook: whole, histories are read whole. The planner takes the order views for a row each and would join them row
    by row: quadratic. -#}
{% macro whole_without_nested_loops() -%}
{%- if not is_current() -%}select set_config('enable_nestloop', 'off', true){%- endif -%}
{%- endmacro %}
