-- One row per pipeline and stage of deals, as the CRM's dictionary has it now.
{{ config(materialized='view') }}

with listed as (
    select
        case
            when dictionary = 'DEAL_STAGE' then 0
            else substring(dictionary from '^DEAL_STAGE_([0-9]{1,18})$')::bigint
        end as category_id,
        status_id as stage_id,
        name,
        sort_order,
        semantics,
        dictionary_id
    from {{ ref('stg_crm__statuses') }}
    where starts_with(dictionary, 'DEAL_STAGE')
)

select distinct on (category_id, stage_id)
    category_id,
    stage_id,
    coalesce(nullif(trim(name), ''), stage_id) as name,
    sort_order,
    coalesce(nullif(semantics, ''), 'P') as semantic_id
from listed
where category_id is not null and stage_id <> ''
order by category_id asc, stage_id asc, dictionary_id asc
