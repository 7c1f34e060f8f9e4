-- One row per attribution model with which the stored steps were made: the seed, from when the steps have
-- followed it. What reads both does not meet a model whose steps are still to come.
{{ config(
    key='model_id',
    unique_key='model_id',
    follows={'int_attribution__steps': {'by': {'model_id': 'null::text'}}},
    reads_as_rule=['attribution_models'],
    indexes=[{'columns': ['model_id'], 'unique': true}],
) }}
{%- set after = ref('int_attribution__steps') %}

select {{ model_columns() }}
from {{ ref('attribution_models') }}
