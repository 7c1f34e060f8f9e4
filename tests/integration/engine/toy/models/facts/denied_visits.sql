-- One row per seen visit that a later call denied, since the first such call: arrivals that look others up.
{{ config(
    materialized='arrivals',
    arrives_by='_seq',
    unique_key='visit_seq',
    follows={'stg_call_arrivals': {'since': '_seq'}},
    looks_up=['seen_visits'],
    indexes=[{'columns': ['visit_seq'], 'unique': true}, {'columns': ['_seq']}],
) }}
{%- set seen, columns = ref('seen_visits'), ['_seq', 'person_id', 'shop'] %}

select
    visit._seq as visit_seq,
    visit.person_id,
    visit.shop,
    min(calls._seq) as _seq
from {{ ref('stg_call_arrivals') }} as calls
cross join lateral {{ looked_up(seen, columns, {'shop': 'calls.shop', 'at': 'calls.at'}, unique=false) }} as visit
where visit._seq < calls._seq
group by visit._seq, visit.person_id, visit.shop
