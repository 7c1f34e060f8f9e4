-- Values that belong to nobody whatever they meet: the seed identity_blocklist, the shop's own numbers
-- (tracked ones, trunks named by their number) and its own mail domains.
{{ config(materialized='ephemeral') }}
{%- set trunks = (env_var('CEL_TRUNKS', '') or '').split(',') %}

select
    id_type,
    match,
    pattern,
    reason
from {{ ref('identity_blocklist') }}
union all
select
    'PHONE' as id_type,
    'exact' as match,
    {{ normalise_phone('own.number') }} as pattern,
    'own number' as reason
from (
    select number from {{ ref('call_tracking_numbers') }}
    {%- for trunk in trunks if trunk | select('in', '0123456789') | list | length >= 10 %}
    union all
    select substring('{{ trunk | replace("'", "''") }}' from '\d{10,11}') as number
    {%- endfor %}
) as own
{%- for domain in var('own_domains') %}
{%- for separator in ['@', '.'] %}
union all
select
    'EMAIL' as id_type,
    'suffix' as match,
    '{{ separator }}{{ domain | lower }}' as pattern,
    'own domain' as reason
{%- endfor %}
{%- endfor %}
