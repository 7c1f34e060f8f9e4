{#- Parts of the models about customers. -#}

{#- A time in JSON, the same whatever the zone of the session. -#}
{% macro utc_text(moment) -%}
to_char({{ moment }} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')
{%- endmacro %}

{#- The account of a customer, else a negative number that is theirs alone: orders without an account are found by it,
    and nobody takes it for a b_user.id. 63 bits of the uuid: two of a million customers share one with 5 * 10^-8. -#}
{% macro account_or_stand_in(user_id, customer_uuid) -%}
coalesce(
            {{ user_id }},
            -1 - (
                ('x' || left(replace({{ customer_uuid }}::text, '-', ''), 16))::bit(64)::bigint
                & 9223372036854775807
            )
        )
{%- endmacro %}
