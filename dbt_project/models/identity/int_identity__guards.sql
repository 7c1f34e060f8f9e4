-- Identifiers that belong to nobody in particular: a phone of an office, a role mailbox, a cookie of a public
-- computer. None of their edges merges anyone, including edges older than the crossing. A function of what
-- was seen with the identifier and of what that tells: a new name can make it a person's again. A blocked
-- value stays blocked whatever it meets. Its change log stays until the components have followed.
{{ config(
    materialized='keyed',
    key='node_id',
    unique_key='node_id',
    follows={'int_identity__holders': 'hub_id', 'int_identity__blocked': 'node_id'},
    reads={
        'int_identity__holders': [
            'hub_id', 'reason', 'counted_type', 'neighbours', 'max_distinct', 'crossed_seq', 'crossed_at'
        ],
    },
    followed_by=['int_identity__components'],
    indexes=[{'columns': ['node_id'], 'unique': true}, {'columns': ['crossed_seq']}]
) }}

-- The verdict is the same in each row of an identifier.
select
    hub_id as node_id,
    reason,
    counted_type,
    neighbours,
    max_distinct,
    crossed_seq,
    crossed_at
from {{ ref('int_identity__holders') }}
group by hub_id, reason, counted_type, neighbours, max_distinct, crossed_seq, crossed_at

union all

select
    node_id,
    reason,
    null as counted_type,
    null as neighbours,
    null as max_distinct,
    crossed_seq,
    null as crossed_at
from {{ ref('int_identity__blocked') }}
