-- One row per person and shop: arrivals that add to what stands, and are taken back.
{%- do ref('denied_visits') %}
{{ config(
    materialized='arrivals',
    unique_key=['person_id', 'shop'],
    follows={
        'denied_visits': {'since': '_seq'},
        'upheld_visits': [
            {'since': '_seq'},
            {'through': 'denied_visits', 'on': {'person_id': 'person_id', 'shop': 'shop'}},
        ],
    },
    combines={
        'visits': 'stood.visits + excluded.visits',
        'earliest': 'least(stood.earliest, excluded.earliest)',
    },
    pre_hook="{% if is_current() %}
        delete from {{ this }} as guest using {{ ref('denied_visits') }} as denied
        where guest.person_id = denied.person_id and guest.shop = denied.shop
            and denied._seq > {{ watermark('bronze') }}
    {% endif %}",
    logs=['person_id', 'shop'],
    indexes=[{'columns': ['person_id', 'shop'], 'unique': true}],
) }}

select
    upheld.person_id,
    upheld.shop,
    min(upheld._seq) as first_seq,
    min(upheld.at) as earliest,
    count(*) as visits
from {{ ref('upheld_visits') }} as upheld
group by upheld.person_id, upheld.shop
