-- Accounts that are no person and the cookies of such accounts and of managers, each once, since the first
-- arrival that said so. They are put aside as soon as they are seen with anybody (int_identity__guards).
{{ config(
    materialized='arrivals',
    arrives_by='first_seq',
    unique_key=['id_type', 'id_value'],
    follows={'stg_bitrix__technical_identifiers': {'since': '_seq'}},
    indexes=[{'columns': ['id_type', 'id_value'], 'unique': true}, {'columns': ['first_seq']}]
) }}

select distinct on (id_type, id_value)
    id_type,
    id_value,
    reason,
    _seq as first_seq
from {{ ref('stg_bitrix__technical_identifiers') }}
order by id_type, id_value, _seq, reason
