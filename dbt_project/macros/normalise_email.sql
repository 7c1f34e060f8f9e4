{#- E-mail addresses as keys: trimmed and lower-cased (Cyrillic too), never plus- or dot-folded.

normalise_email(expr): the address, or null when the text is not exactly one plausible address.
emails_in(expr): a FROM item with columns (n, email): every address of a free-text field. -#}
{% macro normalise_email(expression) -%}
(
    select trimmed.address
    from (
        select regexp_replace(
            regexp_replace(
                lower(translate({{ expression }}, U&'\00A0\200B\FEFF', ' ')),
                '^[^<>]*<([^<>]*)>\s*$', '\1'
            ),
            '^\s*(mailto:)?\s*|[\s.,;]+$', '', 'g'
        ) as address
    ) as trimmed
    where
        trimmed.address ~ '^[^\s@,;:<>()"\\/\[\]]+@([[:alnum:]-]+\.)+([[:alpha:]]{2,}|xn--[a-z0-9-]+)$'
        and length(trimmed.address) <= 254
)
{%- endmacro %}

{% macro emails_in(expression) -%}
(
    select piece.n, address.email
    from regexp_split_to_table(
        case
            when {{ expression }} ~ '^a:\d+:\{' then
                regexp_replace({{ expression }}, '^a:\d+:\{|i:\d+;|s:\d+:|"|\}$', '', 'g')
            else {{ expression }}
        end,
        '[,;\s]+'
    ) with ordinality as piece (written, n)
    cross join lateral (select {{ normalise_email('piece.written') }} as email) as address
    where address.email is not null
)
{%- endmacro %}
