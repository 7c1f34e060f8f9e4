-- One row per conversion whose last non-direct touch is a call, with that call.
{{ config(
    key='conversion_id',
    unique_key='conversion_id',
    follows={'int_attribution__steps': 'conversion_id'},
    reads_as_rule=['attribution_models'],
    indexes=[{'columns': ['conversion_id'], 'unique': true}],
) }}

with credits as (
    {{ credits_of(ref('int_attribution__steps'), ref('attribution_models')) }}
)

select
    conversion_id,
    touch_id
from credits
where
    model_id = 'last_non_direct'
    and (starts_with(touch_id, 'cel.call:') or starts_with(touch_id, 'crm.call:'))
