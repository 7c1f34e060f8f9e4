-- Identifiers that are nobody's, with all that was seen with them and the verdict: such an edge merges
-- nobody. Of those that are one person, the first stands for the person, and each other one merges with it
-- (person_id) instead. Its change log stays until the components have followed.
{{ config(
    materialized='keyed',
    key='hub_id',
    unique_key=['hub_id', 'neighbour_id'],
    follows={
        'int_identity__contested': 'hub_id',
        'int_identity__edges': [
            {
                'through': 'int_identity__contested', 'on': {'a_id': 'neighbour_id'},
                'when': "entry.b_type <> 'FUSER'",
            },
            {
                'through': 'int_identity__contested', 'on': {'b_id': 'neighbour_id'},
                'when': "entry.a_type <> 'FUSER'",
            },
        ],
        'int_identity__blocked': [
            {'through': 'int_identity__edges', 'on': {'node_id': 'a_id'}},
            {'through': 'int_identity__edges', 'on': {'node_id': 'b_id'}},
        ],
    },
    reads={'int_identity__edges': ['a_id', 'b_id', 'a_type', 'b_type']},
    followed_by=['int_identity__components'],
    pre_hook="{{ create_identity_persons(this.schema) }}",
    indexes=[
        {'columns': ['hub_id', 'neighbour_id'], 'unique': true},
        {'columns': ['neighbour_id']},
        {'columns': ['person_id']},
        {'columns': ['first_seq']}
    ]
) }}

select
    judged.hub_id,
    judged.neighbour_id,
    judged.person_id,
    judged.first_seq,
    judged.reason,
    judged.counted_type,
    judged.neighbours,
    judged.max_distinct,
    judged.crossed_seq,
    judged.crossed_at
from {{ ref('int_identity__judged') }} as judged
