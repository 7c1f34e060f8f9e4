-- Observations of two identifiers that no correction took back: one row each, as in
-- int_identity__observations.
{{ config(materialized='view', arrives_by='_seq') }}

select
    observation._seq,
    observation.rule,
    observation.a_type,
    observation.a_value,
    observation.b_type,
    observation.b_value,
    observation.source_table,
    observation.source_key,
    observation.observed_at
from {{ ref('int_identity__observations') }} as observation
left join {{ ref('int_identity__withdrawn') }} as gone
    on
        observation.order_id = gone.order_id
        and observation._seq = gone.observed_seq
        and observation.rule = gone.rule
        and observation.a_type = gone.a_type
        and observation.a_value = gone.a_value
        and observation.b_type = gone.b_type
        and observation.b_value = gone.b_value
where observation.b_value is not null and gone.order_id is null
