-- Accounts that are no person and the cookies of such accounts and of managers, each once, since the first
-- arrival that said so. They are put aside as soon as they are seen with anybody (int_identity__guards).
{{ config(
    materialized='incremental',
    incremental_strategy='append',
    distributed_by='id_value',
    pre_hook="{{ rewind('first_seq') }}",
    indexes=[{'columns': ['id_type', 'id_value'], 'unique': true}, {'columns': ['first_seq']}]
) }}
{%- set known = looked_up(this, ['first_seq'], {'id_type': 'named.id_type', 'id_value': 'named.id_value'}) %}

with named as (

    select distinct on (id_type, id_value)
        id_type,
        id_value,
        reason,
        _seq as first_seq
    from {{ ref('stg_bitrix__technical_identifiers') }}
    where _seq > {{ since('identity') }}
    order by id_type, id_value, _seq, reason

)

select
    named.id_type,
    named.id_value,
    named.reason,
    named.first_seq
from named
{% if is_incremental() -%}
left join lateral {{ known }} as known on true
where known.first_seq is null
{%- endif %}
