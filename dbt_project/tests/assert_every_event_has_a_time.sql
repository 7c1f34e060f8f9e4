-- Every event has a time that can be read. One without belongs to no hour and no path, so it is no touch; it
-- stays in its raw table, and is counted here. Letters without a time are shown at their letter
-- (rule `untimed` of stg_esp__touches).
{{ config(severity='warn', meta={'audit': 'sources'}) }}

{% set timed = [
    ('raw_bitrix', 'bl_web_session', 'BITRIX', ['started_at', 'last_hit_at']),
    ('raw_bitrix', 'b_stat_session', 'BITRIX', ['date_first', 'date_last']),
    ('raw_bitrix', 'b_sale_order', 'BITRIX', ['date_insert']),
    ('raw_subscribe', 'b_sender_posting_read', 'SUBSCRIBE', ['date_insert']),
    ('raw_subscribe', 'b_sender_posting_click', 'SUBSCRIBE', ['date_insert']),
    ('raw_cel', 'cel', 'CEL', ['eventtime']),
] %}
{% set query %}
with untimed as (
{%- for schema, table, zone, columns in timed %}
    select
        '{{ schema }}.{{ table }}' as raw_table,
        '{{ columns | join(", ") }}' as columns_read,
        count(*) as events
    from {{ source(schema, table) }} as e
    where
        {{ standing('e') }}
{%- for column in columns %}
        and {{ source_time(zone, 'e.' ~ column) }} is null
{%- endfor %}
{{ 'union all' if not loop.last }}
{%- endfor %}
)

select
    format(
        '%s rows of %s are no touches: no time can be read of %s. `_repairs` names what became of it; mend the'
        ' source, and the next reading brings them', events, raw_table, columns_read
    ) as problem
from untimed
where events > 0
{% endset %}
{{ problems(query) }}
