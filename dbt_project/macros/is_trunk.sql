{#- Whether a channel is a line to the outside: its name starts with a prefix of CEL_TRUNKS
(`PJSIP/mango,SIP/mts`; the rest of the name must follow, so SIP/mts does not match SIP/mts2-01)
or it was put into one of the contexts FreePBX and Issabel keep for trunks. -#}
{% macro is_trunk(channel, context) -%}
(
    coalesce({{ context }}, '') ~ '^from-(trunk|pstn|did)'
    {%- for prefix in (env_var('CEL_TRUNKS', '') or '').split(',') if prefix.strip() %}
    {%- set name = prefix.strip().rstrip('-/') | replace("'", "''") %}
    or starts_with({{ channel }}, '{{ name }}-')
    or starts_with({{ channel }}, '{{ name }}/')
    {%- endfor %}
)
{%- endmacro %}
