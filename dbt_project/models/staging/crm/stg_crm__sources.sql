-- One row per source of the CRM's dictionary (SOURCE_ID), with the marks that the seed crm_sources gives it.
{{ config(materialized='ephemeral') }}
with named as (
    select distinct on (s.status_id)
        s.status_id,
        s.name
    from {{ ref('stg_crm__statuses') }} as s
    where s.dictionary = 'SOURCE' and s.status_id <> ''
    order by s.status_id asc, s.dictionary_id asc
)

select
    named.status_id as source_id,
    named.name,
    rule.rule_id,
    coalesce(rule.source, {{ clean_utm('named.name') }}, lower(named.status_id)) as source,
    rule.medium
from named
left join lateral {{ crm_source_rule('named.status_id', 'named.name') }} as rule on true
