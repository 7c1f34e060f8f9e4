-- Where any customer_uuid ever issued leads today. Every customer_uuid is the birth uuid of one of the
-- customer's identifiers, so who the identifier belongs to answers it after merges and splits alike.
-- An anchor that became shared (a cookie, a card) is nobody's; its uuid goes on with its heir, if it has one.
{{ config(materialized='view') }}

select
    {{ birth_uuid('identifier.') }} as alias_uuid,
    identifier.customer_uuid
from {{ ref('customer_identifier') }} as identifier

union all

select
    {{ birth_uuid('heir.') }} as alias_uuid,
    heir.customer_uuid
from {{ ref('int_identity__heirs') }} as heir
