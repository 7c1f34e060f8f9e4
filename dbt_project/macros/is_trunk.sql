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

{#- Whether the opening row of a call dials nobody: a program made the call (AMI Originate), and put the
channel into a context without a number or into a Local one that rings an extension. -#}
{% macro opens_without_number(extension, channel) -%}
(coalesce(trim({{ extension }}), '') in ('', 's') or starts_with({{ channel }}, 'Local/'))
{%- endmacro %}
