-- Touches that an arrival since the marts were last complete may have changed, made or ended, with the key
-- by which their source knows them. Empty when everything is made anew.
{{ config(
    news=true,
    distributed_by='touch_id',
    indexes=[{'columns': ['touch_id']}],
) }}
{%- set watermark = since('marts') %}

with changes as (
    {%- for source in sources_with('touches') %}
    select
        touch_id,
        origin,
        origin_id,
        origin_text
    from {{ ref('stg_' ~ source ~ '__touch_changes') }}
    where {{ 'false' if is_whole() else '_seq > ' ~ watermark }}
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
)

select distinct
    touch_id,
    origin,
    origin_id,
    origin_text
from changes
