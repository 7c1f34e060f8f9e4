{#- Materialization `keyed`: a table that is its SELECT, kept current by key.

A model is one plain SELECT, which is the rebuild. Its config says

    key              output columns by which the SELECT falls apart: rows of a key depend on nothing but the
                     input rows that name this key
    unique_key       columns that identify a row, never null
    follows          for each relation it reads, how a row there names keys (follows.sql)
    reads            optional, by input: the only columns read there; a change of others is no change
    reads_as_rule    seeds and the like, whose change makes the table whole (a version, watermark.sql)
    asked            optional: a SELECT of keys to evaluate although nothing of theirs changed

An hour finds the keys that old or new rows of its inputs name since this table's watermarks (`dirty`), puts
the input rows of these keys into temporary tables of the inputs' names, and evaluates the same SELECT over
those. What it gives and what stood for these keys are compared; rows that differ are written and noted in the
table's change log (change_log.sql); the watermarks move: all in one transaction.

Why this equals a rebuild. Take a row of the rebuild as of now, of key k. If no input row that names k came or
went since the watermark, the rebuild as of the watermark had the same row, and so has the table. Else k is dirty,
for the old and the new version of that input row are both in its change log and each names k; the temporary
tables hold all input rows that name k, and by what `key` promises the SELECT over them gives exactly the
rebuild's rows of k, which replace those that stood. Input rows that other keys share may come along: what they
give belongs to keys that are not dirty, and is left out. Nothing depends on what an earlier run did, so a run
that died between two tables, or is repeated, ends the same. -#}
{% materialization keyed, adapter='postgres' %}
{%- set target = this.incorporate(type='table') -%}
{%- set unique_key = listed(config.require('unique_key')) -%}
{%- set key = key_columns() -%}
{{ run_hooks(pre_hooks, inside_transaction=True) }}
{% if not is_current() %}
{{ make_whole(target, sql) }}
{% else %}
{%- set dirty = api.Relation.create(identifier=this.identifier ~ '__dirty') -%}
{%- call statement('dirty') -%}
{{ reading_by_key() }};
select set_config('omni.since', '{{ watermark("bronze") }}', true);
create temporary table {{ dirty }} on commit drop as
{{ dirty_keys() }}
{%- endcall -%}
{%- if load_result('dirty')['response'].rows_affected -%}
{%- set names = adapter.get_columns_in_relation(target) | map(attribute='name') | list -%}
{%- call statement('compared') -%}
select set_config('omni.since', '', true);
analyze {{ dirty }};
{{ restricted_inputs(dirty) }}
{%- set changed = api.Relation.create(identifier=this.identifier ~ '__changed') %}
create temporary table {{ changed }} on commit drop as
select {{ names | join(', ') }}, sum(sign)::integer as sign
from (
    select {{ qualified(names, 'made') }}, 1 as sign
    from (
{{ over_restricted(sql) }}
    ) as made
    inner join {{ dirty }} as dirty on {{ same(key, 'made', 'dirty') }}
    union all
    select {{ qualified(names, 'stood') }}, -1 as sign
    from {{ dirty }} as dirty
    cross join lateral (
        select * from {{ target }} as entry where {{ same(key, 'entry', 'dirty') }} offset 0
    ) as stood
) as signed
group by {{ names | join(', ') }}
having sum(sign) <> 0
order by {{ unique_key | join(', ') }};
analyze {{ changed }};
{{ write_changed(target, changed, names, unique_key) }}
{%- endcall -%}
{%- endif -%}
{%- call statement('main') -%}
{{ move_watermarks() }}
{%- endcall -%}
{% endif %}
{{ run_hooks(post_hooks, inside_transaction=True) }}
{{ adapter.commit() }}
{{ return({'relations': [target]}) }}
{% endmaterialization %}

{#- Writes what differs and notes it in the change log. A row that stood and is now another is updated in its place:
    with room in its page (`fillfactor`) no index hears of it unless an indexed column changed. One whose value in
    another unique index changed is deleted and inserted, for two rows may swap such values, and an update is checked
    row by row. A new row finds only rows that stood for these keys: one that stands for another key is a unique
    violation and no update. -#}
{% macro write_changed(target, changed, names, unique_key) %}
{%- set others = [] -%}
{%- for index in config.get('indexes', []) if index.get('unique') -%}
{%- do others.extend(index.columns | select('in', names) | reject('in', unique_key + others)) -%}
{%- endfor -%}
{%- set columns, told = names | join(', '), names | reject('in', unique_key + others) | list -%}
delete from {{ target }} as entry
using (
    select {{ (unique_key + others) | join(', ') }}
    from {{ changed }}
    group by {{ (unique_key + others) | join(', ') }}
    having max(sign) < 0
) as gone
where {{ same(unique_key, 'entry', 'gone') }};
merge into {{ target }} as entry
using (
    select {{ qualified(names, 'fresh') }}, gone.sign is not null as stood
    from {{ changed }} as fresh
    left join {{ changed }} as gone
        on {{ same(unique_key, 'fresh', 'gone') }} and gone.sign < 0
        {%- for name in others %} and fresh.{{ name }} is not distinct from gone.{{ name }}{% endfor %}
    where fresh.sign > 0
) as fresh on fresh.stood and {{ same(unique_key, 'entry', 'fresh') }}
{%- if told %}
when matched then update set
    {%- for name in told %}
    {{ name }} = fresh.{{ name }}{{ ',' if not loop.last }}
    {%- endfor %}
{%- endif %}
when not matched then insert ({{ columns }}) values ({{ qualified(names, 'fresh') }});
{%- if is_followed() %}
insert into {{ log_of(this) }} ({{ columns }}, sign)
select {{ columns }}, sign from {{ changed }};
{%- endif %}
{%- endmacro %}

{#- Tells the planner to read by key: with the default costs it would rather scan 10 million rows than look up
    40,000, or merge them with a whole index. -#}
{% macro reading_by_key() -%}
select
    set_config('jit', 'off', true),
    set_config('max_parallel_workers_per_gather', '0', true),
    set_config('enable_mergejoin', 'off', true),
    set_config('seq_page_cost', '20', true),
    set_config('random_page_cost', '1', true),
    -- To read an index whole, 20 times that of a default: tables grow, the keys of an hour do not.
    set_config('cpu_index_tuple_cost', '0.1', true),
    -- Keys come once: what was found for one is never asked again.
    set_config('enable_memoize', 'off', true),
    -- Statistics of 3,000 rows say all that a join of keys asks, for a quarter of what 30,000 cost.
    set_config('default_statistics_target', '10', true)
{%- endmacro %}

{% macro listed(told) -%}
{{ return([told] if told is string else told) }}
{%- endmacro %}

{% macro key_columns() -%}
{{ return(listed(config.require('key'))) }}
{%- endmacro %}

{% macro qualified(names, alias) -%}
{{ alias }}.{{ names | join(', ' ~ alias ~ '.') }}
{%- endmacro %}

{% macro same(names, mine, theirs) -%}
{% for name in names %}{{ mine }}.{{ name }} = {{ theirs }}.{{ name }}{{ ' and ' if not loop.last }}{% endfor %}
{%- endmacro %}
