{#- FROM item with one column `id_value`: every usable value of a raw field, normalised by its type.
Phones and e-mails may hold several values; other types pass as they are. -#}
{% macro identifiers_in(type, written) -%}
(
    select emails.email as id_value
    from {{ emails_in(written) }} as emails
    where {{ type }} = 'EMAIL'
    union
    select phones.phone as id_value
    from {{ phones_in(written) }} as phones
    where {{ type }} = 'PHONE'
    union
    select {{ written }} as id_value
    where {{ type }} not in ('EMAIL', 'PHONE') and {{ written }} is not null
)
{%- endmacro %}
