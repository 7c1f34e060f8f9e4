{#- timestamptz from a naive column that holds a source's local time.

The zone is <PREFIX>_TIMEZONE; the loyalty and mailing tables live in the site's database, so they
fall back to the site's zone. Provider events are UTC by contract. In the hour that repeats when
clocks go back PostgreSQL takes the standard (later) time. -#}
{% macro source_time(prefix, column) -%}
{%- set site_zone = env_var('BITRIX_TIMEZONE', '') or 'Europe/Moscow' -%}
{%- set fallback = {'CEL': 'Europe/Moscow'}.get(prefix, site_zone) -%}
({{ moment(column) }} at time zone '{{ 'UTC' if prefix == 'ESP' else env_var(prefix ~ "_TIMEZONE", "") or fallback }}')
{%- endmacro %}
