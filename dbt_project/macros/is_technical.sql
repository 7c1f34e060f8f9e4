{#- Whether a version of a site account (an alias of raw_bitrix.b_user) is not a person: by its kind
    (technical_user_types) or by what it is called (technical_users). True or false, never null. -#}
{% macro is_technical(alias) -%}
(
    coalesce(
        lower({{ alias }}.external_auth_id) in (
            select kinds.external_auth_id from {{ ref('technical_user_types') }} as kinds
        ), false
    )
    or exists (
        select 1
        from {{ ref('technical_users') }} as named
        cross join
            lateral (
                select case named.field
                    when 'id' then {{ alias }}.id::text
                    when 'login' then lower({{ alias }}.login)
                    when 'email' then lower({{ alias }}.email)
                end as written
            ) as account
        where
            case named.match
                when 'exact' then account.written = named.pattern
                when 'regex' then account.written ~ named.pattern
            end
    )
)
{%- endmacro %}
