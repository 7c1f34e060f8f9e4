{#- Which rows of a raw table a run may see. Every staging view goes through one of these.

standing(alias): the state of the table as of the bound of this run (ops.bound).
seen(alias): every version that had arrived by the bound, replaced ones too, tombstones excluded;
    for history such as pairs of identifiers, which outlive the rows they came from.
kept(alias): the state, with what left the shop together with an archived order (the row has `order_id`):
    a tombstone keeps the last values. What was deleted before its order was archived stays deleted. -#}
{% macro up_to_seq() -%}
(select bound.up_to_seq from {{ source('ops', 'bound') }} as bound)
{%- endmacro %}

{#- From where on versions are read: the bound, so that one version of a row stands. What looks for changes reads
    all that stood at any time since its watermark (setting `omni.since`, macros/engine/change_log.sql). -#}
{% macro since_seq() -%}
(
        select coalesce(nullif(current_setting('omni.since', true), '')::bigint, bound.up_to_seq)
        from {{ source('ops', 'bound') }} as bound
    )
{%- endmacro %}

{% macro standing(alias) -%}
{{ last_known(alias) }}
    and not {{ alias }}._deleted
{%- endmacro %}

{% macro seen(alias) -%}
{{ alias }}._seq <= {{ up_to_seq() }} and not {{ alias }}._deleted
{%- endmacro %}

{% macro last_known(alias) -%}
{{ alias }}._seq <= {{ up_to_seq() }}
    and ({{ alias }}._next_seq is null or {{ alias }}._next_seq > {{ since_seq() }})
{%- endmacro %}

{% macro kept(alias) -%}
{{ last_known(alias) }}
    and (
        not {{ alias }}._deleted
        or exists (
            select 1
            from {{ source('raw_bitrix', 'b_sale_order_archive') }} as archive
            where
                archive.order_id = {{ alias }}.order_id
                and {{ standing('archive') }}
                and coalesce({{ source_time('BITRIX', 'archive.date_archived') }}, '-infinity') <= {{ alias }}._loaded_at
        )
    )
{%- endmacro %}
