-- Nodes of the components of which a link may have come or gone that is older than this run: they are taken
-- apart and united again from their links. None in a rebuild, which unites everything. Rows stay (up_to_seq
-- is the bound of their run) until the customers have been published.
{{ config(
    materialized='incremental',
    incremental_strategy='append',
    pre_hook=[
        "{{ rewind('up_to_seq') }}",
        "{% if is_incremental() %}
            delete from {{ this }}
            where up_to_seq <= (
                select ended.up_to from ops.watermark as ended
                where ended.model = 'marts' and ended.followed = 'bronze'
            )
        {% endif %}"
    ],
    indexes=[{'columns': ['up_to_seq', 'node_id'], 'unique': true}]
) }}
{%- set components = left_by_last_run('int_identity__components') %}
{%- set watermark = since('identity') %}
{%- set holders, overrides = ref('int_identity__holders'), ref('int_identity__overrides') %}
{%- set guards = ref('int_identity__guards') %}
{%- set withdrawn = ref('int_identity__withdrawn') %}

{% if not is_incremental() -%}
select
    node_id,
    first_seq as up_to_seq
from {{ ref('int_identity__nodes') }}
where false
{%- else -%}
with changed as (

    -- What is new and tells nobody apart broke nothing.
    select
        hub_id,
        neighbour_id,
        person_id
    from {{ log_of(holders) }}
    group by hub_id, neighbour_id, person_id, first_seq
    having sum(sign) < 0 or sum(sign) > 0 and first_seq <= {{ watermark }}

),

found as (

    select hub_id as node_id from changed
    union
    select neighbour_id as node_id from changed
    union
    select person_id as node_id from changed
    -- An identifier that is somebody's again takes part in pairs that were forced, or found elsewhere.
    {%- for mine, other in [('a_id', 'b_id'), ('b_id', 'a_id')] %}
    union
    select forced.{{ other }} as node_id
    from changed
    inner join {{ overrides }} as forced on changed.hub_id = forced.{{ mine }}
    where forced.action = 'force'
    {%- endfor %}
    {%- for mine, other in [('neighbour_id', 'person_id'), ('person_id', 'neighbour_id')] %}
    union
    select holder.{{ other }} as node_id
    from (select distinct hub_id from changed) as hubs
    cross join lateral {{ looked_up(
        holders, [other], {mine: 'hubs.hub_id'}, unique=false
    ) }} as holder
    {%- endfor %}
    -- A correction parted them.
    {%- for end in ['a_id', 'b_id'] %}
    union
    select gone.{{ end }} as node_id
    from {{ withdrawn }} as gone
    where gone._seq > {{ watermark }}
    {%- endfor %}
    -- The verdict on it is published anew.
    union
    select guard.node_id
    from {{ log_of(guards) }} as guard

),

broken as (

    select distinct component.component_id
    from found
    cross join lateral {{ looked_up(
        components, ['component_id'], {'node_id': 'found.node_id'}
    ) }} as component

)

select
    component.node_id,
    bound.up_to_seq
from broken
cross join lateral {{ looked_up(
    components, ['node_id'], {'component_id': 'broken.component_id'}, unique=false
) }} as component
cross join {{ source('ops', 'bound') }} as bound
{%- endif %}
