{#- Sums that follow single changes and equal a rebuild: counting, as views are maintained by counting.

A table made by the strategy `replace` with config `logs=true` (the producer) notes every row that
vanished with sign -1 and every new one with sign +1, in the transaction of the change, in a log:
intermediate.<producer>__changes. A table made by `tally` (the consumer) selects from
changes_of(producer) and adds up `sign * measure` by its unique_key: over the whole producer when it is
made whole, over what it has not yet applied otherwise. Only integers and numeric(p, s) may be added:
their sum does not depend on the order, a float's does. The column `entries` counts the producer's rows
behind a sum; at 0 the sum is gone.

A consumer notes the last change it applied, in its own transaction (mark_applied), so a run that dies
in between applies nothing twice. data_as_of empties the logs when everything has been published. A
producer made whole starts its log anew, and its consumers are then made whole as well. -#}

{#- The producer's rows with their sign: all of them, or the changes this table has not applied. -#}
{% macro changes_of(producer) -%}
{%- set rows = ref(producer) -%}
{%- if is_whole() -%}
(select *, 1 as sign from {{ rows }})
{%- else -%}
(
    select * from {{ log_of(producer) }}
    where change_no > (select up_to_seq from ops.model_progress where model = '{{ this.identifier }}')
)
{%- endif -%}
{%- endmacro %}

{#- Post-hook of a consumer. -#}
{% macro mark_applied(producer) -%}
update ops.model_progress
set up_to_seq = coalesce((select max(change_no) from {{ log_of(producer) }}), up_to_seq)
where model = '{{ this.identifier }}'
{%- endmacro %}

{% macro log_of(producer) -%}
{{ return(this.incorporate(path={'schema': 'intermediate', 'identifier': producer ~ '__changes'})) }}
{%- endmacro %}

{#- Of a producer just made whole: an empty log with its columns. -#}
{% macro start_log() -%}
drop table if exists {{ log_of(this.identifier) }};
create table {{ log_of(this.identifier) }} (
    like {{ this }},
    sign integer not null,
    change_no bigint generated always as identity primary key
)
{%- endmacro %}

{#- Post-hook of the last model of the group. -#}
{% macro empty_logs(producers) -%}
{%- set deletions = [] -%}
{%- for producer in producers -%}
{%- do deletions.append('delete from ' ~ log_of(producer)) -%}
{%- endfor -%}
{{ return(deletions | join('; ')) }}
{%- endmacro %}

{% macro get_incremental_tally_sql(arg_dict) -%}
{%- set target = arg_dict['target_relation'] -%}
{%- set made = arg_dict['temp_relation'] -%}
{%- set names = arg_dict['dest_columns'] | map(attribute='name') | list -%}
{%- set keys = arg_dict['unique_key'] -%}
{%- set sums = names | reject('in', keys) | list %}
insert into {{ target }} as stood ({{ names | join(', ') }})
select {{ names | join(', ') }} from {{ made }}
where {% for name in sums %}{{ name }} <> 0{{ ' or ' if not loop.last }}{% endfor %}
on conflict ({{ keys | join(', ') }}) do update set
    {% for name in sums -%}
    {{ name }} = stood.{{ name }} + excluded.{{ name }}{{ ', ' if not loop.last }}
    {%- endfor %};

delete from {{ target }} as stood
using {{ made }} as made
where {% for name in keys %}stood.{{ name }} = made.{{ name }} and {% endfor %}stood.entries = 0
    -- What got more entries has some: those rows are not looked at again.
    and made.entries <= 0
{%- endmacro %}
