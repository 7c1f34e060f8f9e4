{#- Which rows of a raw table a run may see. Every staging view goes through one of these.

standing(alias): the state of the table as of the bound of this run (ops.bound).
seen(alias): every version that had arrived by the bound, replaced ones too, tombstones excluded;
    for history such as pairs of identifiers, which outlive the rows they came from. -#}
{% macro up_to_seq() -%}
(select bound.up_to_seq from {{ source('ops', 'bound') }} as bound)
{%- endmacro %}

{% macro standing(alias) -%}
{{ alias }}._seq <= {{ up_to_seq() }}
    and ({{ alias }}._next_seq is null or {{ alias }}._next_seq > {{ up_to_seq() }})
    and not {{ alias }}._deleted
{%- endmacro %}

{% macro seen(alias) -%}
{{ alias }}._seq <= {{ up_to_seq() }} and not {{ alias }}._deleted
{%- endmacro %}
