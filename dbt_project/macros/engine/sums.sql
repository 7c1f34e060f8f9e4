{#- Materialization `sums`: sums over one relation that follow its change log, as views are maintained by counting.

A model is a plain SELECT that groups one followed relation by `unique_key` and adds integers or numeric(p, s),
whose sum does not depend on the order (a float's does); every other output column is such a sum, never null, and
`entries` counts rows. An hour evaluates the same SELECT over the new rows of the log and over the old ones, and
adds the first to what stands and subtracts the second: the SELECT is linear in its rows, so that is what a
rebuild gives. A sum of no entries is gone. The watermark moves in the same transaction: nothing is added twice. -#}
{% materialization sums, adapter='postgres' %}
{%- set target = this.incorporate(type='table') -%}
{%- set keys = listed(config.require('unique_key')) -%}
{%- set followed = listed(config.require('follows'))[0] -%}
{{ run_hooks(pre_hooks, inside_transaction=True) }}
{% if not is_current() %}
{{ make_whole(target, sql) }}
{% else %}
{%- set names = adapter.get_columns_in_relation(target) | map(attribute='name') | list -%}
{%- set sums = names | reject('in', keys) | list -%}
{%- set delta = this.incorporate(path={'database': none, 'schema': 'pg_temp', 'identifier': this.identifier ~ '__delta'}) -%}
{%- call statement('added') -%}
{{ reading_by_key() }};
{%- for name, sign in [('new', 1), ('old', -1)] %}
create temporary table {{ this.identifier }}__{{ name }} on commit drop as
select * from {{ log_of(relation_of(followed)) }}
where sign = {{ sign }} and change_no > {{ watermark(followed) }};
{%- endfor %}

create temporary table {{ delta.identifier }} on commit drop as
with new as (
{{ sql | replace(relation_of(followed).render(), 'pg_temp.' ~ this.identifier ~ '__new') }}
),

old as (
{{ sql | replace(relation_of(followed).render(), 'pg_temp.' ~ this.identifier ~ '__old') }}
),

signed as (
    select {{ names | join(', ') }} from new
    union all
    select {{ keys | join(', ') }}, -{{ sums | join(', -') }} from old
)

select
    {{ keys | join(', ') }},
    {%- for name in sums %}
    sum({{ name }}) as {{ name }}{{ ',' if not loop.last }}
    {%- endfor %}
from signed
group by {{ keys | join(', ') }};

{{ _note(target, delta, names, keys, -1) }}
insert into {{ target }} as stood ({{ names | join(', ') }})
select {{ names | join(', ') }} from {{ delta.identifier }}
where {% for name in sums %}{{ name }} <> 0{{ ' or ' if not loop.last }}{% endfor %}
on conflict ({{ keys | join(', ') }}) do update set
    {%- for name in sums %}
    {{ name }} = stood.{{ name }} + excluded.{{ name }}{{ ',' if not loop.last }}
    {%- endfor %};

delete from {{ target }} as stood
using {{ delta.identifier }} as delta
where {{ same(keys, 'stood', 'delta') }} and stood.entries = 0
    -- What got more entries has some: those rows are not looked at again.
    and delta.entries <= 0;
{{ _note(target, delta, names, keys, 1) }}
{%- endcall -%}
{%- call statement('main') -%}
{{ move_watermarks() }}
{%- endcall -%}
{% endif %}
{{ run_hooks(post_hooks, inside_transaction=True) }}
{{ adapter.commit() }}
{{ return({'relations': [target]}) }}
{% endmaterialization %}

{#- Notes the sums that change in the log, before and after, if anybody follows them. -#}
{% macro _note(target, delta, names, keys, sign) -%}
{%- if is_followed() %}
insert into {{ log_of(this) }} ({{ names | join(', ') }}, sign)
select {{ qualified(names, 'stood') }}, {{ sign }}
from {{ delta.identifier }} as delta
inner join {{ target }} as stood on {{ same(keys, 'stood', 'delta') }}
where {% for name in names if name not in keys %}delta.{{ name }} <> 0{{ ' or ' if not loop.last }}{% endfor %};
{%- endif %}
{%- endmacro %}
