{#- E-mail addresses as keys: lower-cased (Cyrillic too), one spelling of each mailbox.

emails_in(expr): a FROM item with columns (n, email, mended): every address of a free-text field, in the
    order written. `mended` says which guess the reading rests on, null when none was needed.
normalise_email(expr): the first of them, or null.

One mailbox under several names: domains that the provider gives to the same mailbox, and
dot or hyphen in names at Yandex. Nothing else is folded: a plus or a dot may part two people elsewhere.

Nineteen fields in twenty hold one plain address: `simple` recognises it by one pattern. -#}

{% macro emails_in(expression) -%}
{%- set end_of_mail = '(?:ru|com|net|org|su|by|kz|ua|uz|info|pro|рф)' -%}
(
    select
        email_found.n,
        case substring(email_found.address from '@(ya\.ru|yandex\.[a-z.]+|googlemail\.com|me\.com|mac\.com|pm\.me|protonmail\.com)$')
            when 'googlemail.com' then split_part(email_found.address, '@', 1) || '@gmail.com'
            when 'me.com' then split_part(email_found.address, '@', 1) || '@icloud.com'
            when 'mac.com' then split_part(email_found.address, '@', 1) || '@icloud.com'
            when 'pm.me' then split_part(email_found.address, '@', 1) || '@proton.me'
            when 'protonmail.com' then split_part(email_found.address, '@', 1) || '@proton.me'
            else
                case
                    when
                        email_found.address
                        ~ '@(ya\.ru|yandex\.(ru|com|by|kz|ua|uz|az|kg|lt|lv|ee|md|tj|tm|fr|eu|org|net|com\.tr|com\.am|com\.ge|com\.ua|co\.il))$'
                        then replace(split_part(email_found.address, '@', 1), '.', '-') || '@yandex.ru'
                    else email_found.address
                end
        end as email,
        email_found.mended
    from (
        select {{ plain_text(without_php_array(expression)) }} as written
        limit 1
    ) as email_text
    cross join lateral (
        select lower(trim(email_text.written)) as address
        limit 1
    ) as email_address
    cross join lateral (
        select email_address.address ~ '^[a-z0-9_][a-z0-9_.+\-]*@([a-z0-9\-]+\.)+[a-z]{2,}$' as is_simple
        limit 1
    ) as email_shape
    cross join lateral (
        select
            1::bigint as n,
            email_address.address,
            null::text as mended
        where email_shape.is_simple
        union all
        select
            matched.n,
            case when lookalike.is_folded then lookalike.address else lower(said.address) end as address,
            nullif(concat_ws(
                ', ',
                case when lookalike.is_folded then 'look-alike letter' end,
                case when joined.is_mended then 'comma or blank for dot' end
            ), '') as mended
        from (
            -- Blanks around the sign, words for it; commas and blanks that stand for the dot of a domain.
            select regexp_replace(
                regexp_replace(email_text.written, '\s*[\[({]\s*(?:at|собака)\s*[\])}]\s*', '@', 'gi'),
                '(?<=[a-z0-9_])\s*@\s*(?=[[:alnum:]\-]+[.,\s])', '@', 'gi'
            ) as written
            where not email_shape.is_simple and email_text.written ~* '@|[\[({]\s*(?:at|собака)\s*[\])}]'
            limit 1
        ) as signed
        cross join lateral (
            select
                signed.written ~* '@[a-z0-9\-]+(?:\s*,\s*|\s+\.?\s*|\.\s+){{ end_of_mail }}(?![[:alnum:]@.\-])' as is_mended,
                regexp_replace(
                    signed.written,
                    '(@[a-z0-9\-]+)(?:\s*,\s*|\s+\.?\s*|\.\s+)({{ end_of_mail }})(?![[:alnum:]@.\-])', '\1.\2', 'gi'
                ) as written
            limit 1
        ) as joined
        cross join lateral (
            select
                part.n,
                part.parts[1] as address
            from regexp_matches(
                joined.written,
                '(?<![^\s,;:<>()"\\/\[\]{}|=«»“”„''`])([^\s@,;:<>()"\\/\[\]{}|=«»“”„]+@(?:[[:alnum:]\-]+\.)+(?:[[:alpha:]]{2,}|xn--[a-z0-9\-]+))(?![[:alnum:]@\-])',
                'gi'
            ) with ordinality as part (parts, n)
        ) as matched
        cross join lateral (
            -- Emoji, dots and quotes before a name are no part of it.
            select regexp_replace(matched.address, '^[^[:alnum:]_+!#$%&*?^~\-]+', '') as address
            limit 1
        ) as said
        cross join lateral (
            -- Cyrillic letters that look like Latin ones, where nothing but ASCII is left after folding.
            select
                folded.address,
                octet_length(said.address) > length(said.address)
                and octet_length(folded.address) = length(folded.address) as is_folded
            from (
                select lower(translate(
                    regexp_replace(said.address, '\.(?:ру|рu|rу)$', '.ru', 'i'),
                    'АВЕКМНОРСТУХІЅЈасеорухкмтіѕј', 'ABEKMHOPCTYXISJaceopyxkmtisj'
                )) as address
            ) as folded
            limit 1
        ) as lookalike
    ) as email_found
    where {{ expression }} is not null and length(email_found.address) <= 254 and email_found.address ~ '^[^@]'
)
{%- endmacro %}

{% macro normalise_email(expression) -%}
(
    select found.email
    from {{ emails_in(expression) }} as found
    order by found.n
    limit 1
)
{%- endmacro %}
