{#- Incremental models that equal a rebuild. Three notions carry all of them.

Group (`progress` in a model's config): models that handle arrivals together and share one watermark in
ops.watermark. 'identity' ends with int_identity__components, which moves it in its own transaction, 'marts' when
everything is published (omni_pipeline/warehouse/publication.py). Until then a model may run again, on the same
arrivals or on more: each one finds its work by `_seq > since(group)`, never by what an earlier run did, and writes it so that twice is as good as once.

Delta (`delta=true`): tables that hold only what this run handles. Their readers are incremental.

Version: a digest of all that a table depends on besides rows (omni_pipeline/warehouse/versions.py),
recorded in ops.model_version before dbt starts. A table is made whole when its version differs from
the one it was made of, when it is missing, when its group has no watermark, or when a table it stands
on was made whole since the group last ended: exactly what depends on a change, also after a crash. -#}

{#- The arrival up to which the group has handled everything; -1, before the first, in a whole build. -#}
{% macro since(group) -%}
{%- if execute and config.get('progress') and group != config.get('progress') -%}
{{ exceptions.raise_compiler_error(this.identifier ~ " is of group " ~ config.get('progress') ~ ", not " ~ group) }}
{%- endif -%}
{%- if is_whole() -%}{{ return(-1) }}{%- endif -%}
{%- if 'handled' not in model -%}
{%- set rows = run_query("select up_to from ops.watermark where followed = 'bronze' and model = '" ~ group ~ "'").rows -%}
{%- do model.update({'handled': rows[0][0] if rows else -1}) -%}
{%- endif -%}
{{ return(model['handled']) }}
{%- endmacro %}

{#- dbt asks this before every model: `--full-refresh`, and here also what follows from versions. Answers
    are kept in `model`, the node as one step of it sees it: each step asks several times. -#}
{% macro should_full_refresh() %}
{%- set configured = config.get('full_refresh') -%}
{{ return((flags.FULL_REFRESH or _outdated()) if configured is none else configured) }}
{% endmacro %}

{% macro _outdated() %}
{%- set group = config.get('progress') -%}
{%- if not execute or not group -%}{{ return(false) }}{%- endif -%}
{%- if 'is_outdated' in model -%}{{ return(model['is_outdated']) }}{%- endif -%}
{%- set standing -%}
select 1
from ops.table_made as made
inner join ops.model_version as wanted on made.model = wanted.model and made.version = wanted.version
inner join ops.watermark as ended on ended.model = '{{ group }}' and ended.followed = 'bronze'
where made.model = '{{ this.identifier }}'
    and not exists (
        select 1 from ops.table_made as ancestor
        where ancestor.model = any(wanted.ancestors) and ancestor.made_at > ended.moved_at
    )
    and not exists (select 1 from unnest(wanted.readers) as reader where to_regclass(reader) is null)
    {%- if config.get('delta') %}
    -- Made whole by a run that died: what reads it was not, and will be in this one.
    and made.made_at <= ended.moved_at
    {%- endif %}
{%- endset -%}
{%- do model.update({'is_outdated': run_query(standing).rows | length == 0}) -%}
{{ return(model['is_outdated']) }}
{% endmacro %}

{#- Whether the model makes its table whole in this run. -#}
{% macro is_whole() -%}
{%- if not execute -%}{{ return(true) }}{%- endif -%}
{%- if config.get('materialized') == 'incremental' -%}{{ return(not is_incremental()) }}{%- endif -%}
{{ return(should_full_refresh()) }}
{%- endmacro %}

{#- A table that a later model of this schema keeps: what the last run left in it. Not a ref, which would
    close a circle. -#}
{% macro left_by_last_run(name) -%}
{{ return(this.incorporate(path={'identifier': name})) }}
{%- endmacro %}

{#- Pre-hook of every model of a group. A whole table is first declared not made. Otherwise tells the
    planner to read by key: with the default costs it would rather scan 10 million rows than look up
    40,000, or merge them with a whole index. -#}
{% macro begin_step() -%}
{%- if config.get('materialized') in ('view', 'ephemeral', 'keyed', 'sums', 'arrivals') -%}
{%- elif is_whole() -%}
delete from ops.table_made where model = '{{ this.identifier }}'
{%- else -%}
select
    set_config('jit', 'off', true),
    set_config('max_parallel_workers_per_gather', '0', true),
    set_config('enable_mergejoin', 'off', true),
    set_config('seq_page_cost', '20', true),
    set_config('random_page_cost', '1', true),
    -- To read an index whole, 20 times that of a default: tables grow, the keys of an hour do not.
    set_config('cpu_index_tuple_cost', '0.1', true)
{%- endif -%}
{%- endmacro %}

{#- Post-hook of every model of a group: statistics, without which the next model plans blindly, and of
    what version a whole table was made; of a delta also what they start after (-1: they are everything). -#}
{% macro end_step() -%}
{%- set is_table = config.get('materialized') == 'table' -%}
{%- if config.get('materialized') not in ('view', 'ephemeral', 'keyed', 'sums', 'arrivals') -%}
{%- if execute and is_whole() %}{{ _refuse_a_whole_of_delta() }}{% endif -%}
{%- if is_whole() or is_table -%}
analyze {{ this }};
{%- endif %}
insert into ops.table_made (model, version, since)
select model, version, {{ since(config.get('progress')) if is_table else -1 }}
from ops.model_version where model = '{{ this.identifier }}'
on conflict (model) do {{ 'update set since = excluded.since' if is_table else 'nothing' }}
{%- endif -%}
{%- endmacro %}

{#- Someone asked for a whole table alone, whose parents hold the delta of their last run only. -#}
{% macro _refuse_a_whole_of_delta() -%}
{%- set parts -%}
select made.model
from ops.model_version as wanted
inner join ops.table_made as made on made.model = any(wanted.ancestors)
inner join ops.model_version as parent on made.model = parent.model
where wanted.model = '{{ this.identifier }}'
    and '{{ this.schema }}.{{ this.identifier }}' = any(parent.readers)
    and made.since <> -1
{%- endset -%}
{%- set found = run_query(parts).rows | map(attribute=0) | list -%}
{%- if found -%}
{{ exceptions.raise_compiler_error(
    this.identifier ~ " is to be made whole, but " ~ found | join(', ') ~ " only brought a delta: "
    ~ "select it with its parents (+" ~ this.identifier ~ ")"
) }}
{%- endif -%}
{%- endmacro %}

{#- Post-hook of the last model of a group: moves the watermark to the bound of this run. -#}
{% macro end_group() -%}
insert into ops.watermark (model, followed, up_to)
select '{{ config.get("progress") }}', 'bronze', bound.up_to_seq
from {{ source('ops', 'bound') }} as bound
on conflict (model, followed) do update set up_to = excluded.up_to, moved_at = clock_timestamp()
{%- endmacro %}

{#- Pre-hook that takes back what a run that never moved the watermark wrote. -#}
{% macro rewind(column) -%}
{%- if is_incremental() -%}
delete from {{ this }} where {{ column }} > {{ since(config.get('progress')) }}
{%- endif -%}
{%- endmacro %}
