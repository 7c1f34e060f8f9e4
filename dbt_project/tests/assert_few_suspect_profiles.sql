-- More than one profile in a hundred holding more traces than one person has means that some identifier
-- merges strangers below its limit. One single giant is enough, too: more than 50 identifiers besides
-- cookies (20 leads, 10 contacts and 3 accounts are a regular), 1,000 in all, or from 100 on more than a
-- hundredth of all identifiers. A warning: the numbers still add up, people may be wrong.
{{ config(severity='warn', meta={'audit': 'customers'}) }}

with sizes as (

    select
        customer_uuid,
        is_suspect,
        identifier_count,
        identifier_count - fuser_count as besides_cookies,
        count(*) over () as profiles,
        count(*) filter (where is_suspect) over () as suspects,
        sum(identifier_count) over () as identifiers
    from {{ ref('bl_customer_profile') }}

)

select
    customer_uuid,
    identifier_count,
    suspects,
    profiles
from sizes
where
    (is_suspect and suspects > 0.01 * profiles and profiles >= 100)
    or besides_cookies > 50
    or identifier_count > 1000
    or (identifier_count >= 100 and identifier_count > 0.01 * identifiers)
