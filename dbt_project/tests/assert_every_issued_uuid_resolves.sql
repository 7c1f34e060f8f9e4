-- Every customer_uuid that any table names, today's and those that lost a merge, leads through
-- bl_customer_alias to a profile that stands, and a standing profile leads to itself.
{{ config(meta={'dagster': {'ref': {'name': 'bl_customer_alias'}}}) }}

with issued as (

    select customer_uuid as issued_uuid from {{ ref('bl_customer_profile') }}
    union
    select customer_uuid as issued_uuid from {{ ref('customer_identifier') }}
    union
    select winner_uuid as issued_uuid from {{ ref('customer_merge_log') }}
    union
    select loser_uuid as issued_uuid from {{ ref('customer_merge_log') }}

)

select
    issued.issued_uuid,
    alias.customer_uuid as leads_to
from issued
left join {{ ref('bl_customer_alias') }} as alias on issued.issued_uuid = alias.alias_uuid
left join {{ ref('bl_customer_profile') }} as profile on alias.customer_uuid = profile.customer_uuid
where profile.customer_uuid is null

union all

select
    profile.customer_uuid as issued_uuid,
    alias.customer_uuid as leads_to
from {{ ref('bl_customer_profile') }} as profile
inner join {{ ref('bl_customer_alias') }} as alias on profile.customer_uuid = alias.alias_uuid
where profile.customer_uuid <> alias.customer_uuid
