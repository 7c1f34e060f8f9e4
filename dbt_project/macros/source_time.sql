{#- timestamptz from a naive column that holds a source's local time.

The zone is that of the source's database (access.py; empty settings fall back there). In the hour that
repeats when clocks go back PostgreSQL takes the standard (later) time. -#}
{% macro source_time(prefix, column) -%}
({{ moment(column) }} at time zone '{{ time_zone_of(prefix | lower) }}')
{%- endmacro %}
