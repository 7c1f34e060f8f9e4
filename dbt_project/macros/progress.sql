{#- Incremental models that equal a rebuild: one watermark per group of models, in ops.model_progress.

A group (`progress` in a model's config) is a chain of models that handles arrivals together:
'identity' ends with int_identity__components, 'customers' with bl_customer_profile. The last model
moves the watermark in its own transaction. Until then a model may run again, on the same arrivals
or on more: each one finds its work by `_seq > since(group)`, never by what an earlier run did, and
writes it so that twice is as good as once.

A group without a watermark is rebuilt. The first model that builds itself whole takes the watermark
away, so all models after it do likewise, also after a crash; `rebuilt_when` names what such a model
watches besides --full-refresh and its own absence (see _still_true). -#}

{#- The arrival up to which the group has handled everything; -1, before the first, in a rebuild. -#}
{% macro since(group) -%}
{%- if not is_whole() -%}
{%- set rows = run_query("select up_to_seq from ops.model_progress where model = '" ~ group ~ "'").rows -%}
{{ return(rows[0][0] if rows else -1) }}
{%- endif -%}
{{ return(-1) }}
{%- endmacro %}

{#- dbt asks this before every model: `--full-refresh`, and here also a group to be rebuilt. -#}
{% macro should_full_refresh() %}
{%- set configured = config.get('full_refresh') -%}
{{ return((flags.FULL_REFRESH or _outdated()) if configured is none else configured) }}
{% endmacro %}

{% macro _outdated() %}
{%- set group = config.get('progress') -%}
{%- if not execute or not group -%}{{ return(false) }}{%- endif -%}
{%- set found -%}
select 1 from ops.model_progress as progress
where model = '{{ group }}' and {{ _still_true(config.get('rebuilt_when', '')) }}
{%- endset -%}
{{ return(run_query(found).rows | length == 0) }}
{% endmacro %}

{% macro _still_true(watched) -%}
{%- if watched == 'history' -%}
position('history=' || {{ history_digest() }} in progress.rules_hash) > 0
{%- elif watched == 'rules' -%}
position('rules=' || {{ rules_digest() }} in progress.rules_hash) > 0
{%- elif watched == 'identity' -%}
progress.rules_hash = (select rules_hash from ops.model_progress where model = 'identity')
{%- else -%}
true
{%- endif -%}
{%- endmacro %}

{#- Whether the model makes its table whole in this run; a table model may name in `extends` tables of
    its schema that must stand for it to bring only news. -#}
{% macro is_whole() -%}
{%- if not execute -%}{{ return(true) }}{%- endif -%}
{%- if config.get('materialized') == 'incremental' -%}{{ return(not is_incremental()) }}{%- endif -%}
{%- if should_full_refresh() -%}{{ return(true) }}{%- endif -%}
{%- for name in config.get('extends', []) if load_relation(left_by_last_run(name)) is none -%}
{{ return(true) }}
{%- endfor -%}
{{ return(false) }}
{%- endmacro %}

{#- A table that a later model of this schema keeps: what the last run left in it. Not a ref, which would
    close a circle. -#}
{% macro left_by_last_run(name) -%}
{{ return(this.incorporate(path={'identifier': name})) }}
{%- endmacro %}

{#- Pre-hook of every model of a group. Also tells the planner that rows are read `by_key`: with the
    default costs it would rather scan 10 million rows than look up 40,000. -#}
{% macro begin_step(by_key=true) -%}
{%- if is_whole() -%}
delete from ops.model_progress where model = '{{ config.get("progress") }}'
{%- elif by_key -%}
select
    set_config('jit', 'off', true),
    set_config('max_parallel_workers_per_gather', '0', true),
    set_config('seq_page_cost', '20', true),
    set_config('random_page_cost', '1', true)
{%- endif -%}
{%- endmacro %}

{#- Post-hook of the last model of a group: moves the watermark to the bound of this run. -#}
{% macro end_group() -%}
insert into ops.model_progress (model, up_to_seq, rules_hash)
select
    '{{ config.get("progress") }}',
    bound.up_to_seq,
    {% if config.get('progress') == 'identity' -%}
    'history=' || {{ history_digest() }} || ' rules=' || {{ rules_digest() }}
    {%- else -%}
    (select rules_hash from ops.model_progress where model = 'identity')
    {%- endif %}
from {{ source('ops', 'bound') }} as bound
on conflict (model) do update set
    up_to_seq = excluded.up_to_seq, rules_hash = excluded.rules_hash, updated_at = clock_timestamp()
{%- endmacro %}

{#- Post-hook of tables that are made whole: without statistics the next model plans blindly. -#}
{% macro analyze_new() -%}
{%- if config.get('materialized') == 'table' or is_whole() -%}analyze {{ this }}{%- endif -%}
{%- endmacro %}

{#- Pre-hook that takes back what a run that never moved the watermark wrote. -#}
{% macro rewind(column) -%}
{%- if is_incremental() -%}
delete from {{ this }} where {{ column }} > {{ since(config.get('progress')) }}
{%- endif -%}
{%- endmacro %}

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
{%- endmacro %}

{#- What the people's rules say: a changed seed re-evaluates guards, overrides and components. -#}
{% macro rules_digest() -%}
(
    select md5(coalesce(string_agg(line, chr(10) order by line collate "C"), ''))
    from (
        {%- for seed in ['identity_rules', 'identity_blocklist', 'identity_overrides', 'call_tracking_numbers'] %}
        select '{{ seed }}' || to_jsonb(seed)::text as line from rules.{{ seed }} as seed
        {{ 'union all' if not loop.last }}
        {%- endfor %}
    ) as lines
)
{%- endmacro %}

{#- What makes observations of raw rows: if a view or the list of technical users changes, history does. -#}
{% macro history_digest() -%}
(
    select md5(coalesce(string_agg(line, chr(10) order by line collate "C"), ''))
    from (
        select view.relname || pg_get_viewdef(view.oid) as line
        from pg_class as view
        where view.relnamespace = to_regnamespace('staging') and view.relkind = 'v'
            and view.relname ~ '__.*(identifiers|order_contacts|order_users|user_kinds)$'
        union all
        select to_jsonb(seed)::text as line from rules.technical_user_types as seed
    ) as lines
)
{%- endmacro %}
