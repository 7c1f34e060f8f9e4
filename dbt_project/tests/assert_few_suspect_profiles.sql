-- More than one profile in a hundred holding more traces than one person has means that some identifier
-- merges strangers below its limit. A warning: the numbers still add up, people may be wrong.
{{ config(severity='warn') }}

select
    count(*) filter (where is_suspect) as suspects,
    count(*) as profiles
from {{ ref('bl_customer_profile') }}
having count(*) filter (where is_suspect) > 0.01 * count(*) and count(*) >= 100
