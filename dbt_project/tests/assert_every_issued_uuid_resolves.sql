-- Every customer_uuid that was ever published, today's, those that lost a merge and those in the history,
-- leads through bl_customer_alias to a profile that stands, and a standing profile leads to itself. The
-- one exception: an identifier that is guarded, with nobody left beside it who is not.
{{ config(meta={'audit': 'customers'}) }}

with issued as (

    select customer_uuid as issued_uuid from {{ ref('bl_customer_profile') }}
    union
    select customer_uuid as issued_uuid from {{ ref('customer_identifier') }}
    union
    select winner_uuid as issued_uuid from {{ ref('customer_merge_log') }}
    union
    select loser_uuid as issued_uuid from {{ ref('customer_merge_log') }}
    union
    select old_uuid as issued_uuid from {{ ref('customer_uuid_history') }}
    where old_uuid is not null
    union
    select new_uuid as issued_uuid from {{ ref('customer_uuid_history') }}
    where new_uuid is not null

),

alone as (

    select node.birth_uuid
    from {{ ref('int_identity__guards') }} as guard
    inner join {{ ref('int_identity__nodes') }} as node on guard.node_id = node.node_id
    left join {{ ref('bl_customer_alias') }} as alias on node.birth_uuid = alias.alias_uuid
    where alias.alias_uuid is null

)

select
    issued.issued_uuid,
    alias.customer_uuid as leads_to
from issued
left join {{ ref('bl_customer_alias') }} as alias on issued.issued_uuid = alias.alias_uuid
left join {{ ref('bl_customer_profile') }} as profile on alias.customer_uuid = profile.customer_uuid
left join alone on issued.issued_uuid = alone.birth_uuid
where profile.customer_uuid is null and alone.birth_uuid is null

union all

select
    profile.customer_uuid as issued_uuid,
    alias.customer_uuid as leads_to
from {{ ref('bl_customer_profile') }} as profile
inner join {{ ref('bl_customer_alias') }} as alias on profile.customer_uuid = alias.alias_uuid
where profile.customer_uuid <> alias.customer_uuid
