{#- CTEs of int_identity__edges: `observed`, the pairs of this run that no correction took back. An hour reads those
    that arrived and, of a pair that lost one, the older ones as well. -#}
{% macro standing_observations() -%}
{%- set watermark = since('identity') %}
{%- set columns = [
    'a_type', 'a_value', 'b_type', 'b_value', '_seq', 'rule', 'source_table', 'source_key', 'observed_at',
    'order_id',
] %}
{% if is_incremental() -%}
robbed as (
    {%- for a, b in [('a', 'b'), ('b', 'a')] %}

    select
        {{ a }}_type as a_type,
        {{ a }}_value as a_value,
        {{ b }}_type as b_type,
        {{ b }}_value as b_value
    from {{ ref('int_identity__withdrawn') }}
    where _seq > {{ watermark }}
    {{ 'union' if not loop.last }}
    {%- endfor %}

),
{% endif %}
arrived as (

    select {{ columns | join(', ') }}
    from {{ ref('int_identity__observations') }}
    where b_value is not null and _seq > {{ watermark }}
    {%- if is_incremental() %}
    union all
    select one.{{ columns | join(', one.') }}
    from robbed
    cross join lateral {{ looked_up(ref('int_identity__observations'), columns,
        {'a_type': 'robbed.a_type', 'a_value': 'robbed.a_value'}, unique=false) }} as one
    where
        one.b_type = robbed.b_type
        and one.b_value = robbed.b_value
        and one._seq <= {{ watermark }}
    {%- endif %}

),

observed as (

    select arrived.*
    from arrived
    left join {{ ref('int_identity__withdrawn') }} as gone
        on
            arrived.order_id = gone.order_id
            and arrived._seq = gone.observed_seq
            and arrived.rule = gone.rule
            and arrived.a_type = gone.a_type
            and arrived.a_value = gone.a_value
            and arrived.b_type = gone.b_type
            and arrived.b_value = gone.b_value
    where gone.order_id is null

)
{%- endmacro %}
