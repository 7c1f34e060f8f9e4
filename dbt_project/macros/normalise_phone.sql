{#- Phones as people and exchanges write them, to E.164, in SQL, without knowing every numbering plan.

phones_in(expr): a FROM item with columns (n, phone, mended): every usable number of a free-text field,
    in the order written. Use as `cross join lateral phones_in('t.phone') as phones`. A number with an
    extension or an access code is a desk, not the line it hangs on: `+74957801100#4048`. `mended` says
    which guess the reading rests on (`O for zero`), null when none was needed.
normalise_phone(expr): the first of them, or null.
dialled_phone(expr): the number an extension dialled outside, CEL_DIAL_PREFIXES taken off.

A national number is read in the plan of `region` (default: var default_region_code). Refused are
numbers that many would share by accident: one repeated digit, unassigned codes after +7 (among them
+7 89x and +7 79x, which an input mask makes of 8 9xx and 7 9xx and which have lost a digit).

Nine fields in ten hold one plain number: `simple` recognises it by one translate and one pattern. Only
the others are searched. Names of the outer steps are unusual, so that they do not hide those in `expr`. `limit 1` keeps PostgreSQL from unfolding each step into every use of it. -#}

{#- What tells nothing: zero-width and directional marks, soft hyphens, what makes a digit an emoji.
Digits of Arabic keyboards and dashes of word processors have plain forms; NFKC does not know them. -#}
{% macro plain_text(expression) -%}
case
    -- Only text beyond ASCII: normalize() costs more than all the rest.
    when octet_length({{ expression }}) = length({{ expression }}) then {{ expression }}
    else translate(
        normalize({{ expression }}, nfkc),
        U&'\2010\2011\2012\2013\2014\2015\2212\2796\2043\02D7\00B7\2022\0660\0661\0662\0663\0664\0665\0666\0667\0668\0669\06F0\06F1\06F2\06F3\06F4\06F5\06F6\06F7\06F8\06F9\00AD\034F\061C\200B\200C\200D\200E\200F\202A\202B\202C\202D\202E\2060\2061\2062\2063\2064\2066\2067\2068\2069\FE0E\FE0F\FEFF\20E3',
        '----------..01234567890123456789'
    )
end
{%- endmacro %}

{#- A field with several values is stored by the site as a serialised PHP array. -#}
{% macro without_php_array(expression) -%}
case
    when starts_with({{ expression }}, 'a:') and {{ expression }} ~ '^a:\d+:\{' then
        regexp_replace({{ expression }}, '^a:\d+:\{|i:\d+;|s:\d+:|"|\}$', '', 'g')
    else {{ expression }}
end
{%- endmacro %}

{#- `anywhere`: whether digits that fill the field may be of a country far away, the plus left out. -#}
{% macro phones_in(expression, region=none, anywhere=true) -%}
{%- set region = region or var('default_region_code') -%}
{%- set at_home = region in ('RU', 'KZ') -%}
{#- Where numbers are within text, as one pattern. Captures: the number, then the extension in one of its
four forms. The longest reading wins, so a shape names the exact count of digits where a plan is known. -#}
{%- set s = '[ ().\\-/_~\\\\\\[\\]]*' -%}
{#- Bare national numbers of the region. -#}
{%- set bare = {
    'RU': '[3489](?:S\\d){9}',
    'KZ': '[3-9](?:S\\d){9}',
    'BY': '(?:1S[567]|2S[1-9]|3S3|4S4)(?:S\\d){7}',
    'UA': '(?:8S)?0S[3-9](?:S\\d){8}',
    'UZ': '(?:8S)?[235-9](?:S\\d){8}',
}.get(region) -%}
{#- The same bare numbers, digits alone: pattern and prefix. -#}
{%- set plan = {
    'RU': ['^([3489]\\d{9})$', '+7'],
    'KZ': ['^([3-9]\\d{9})$', '+7'],
    'BY': ['^((?:15|16|17|2[1-9]|33|44)\\d{7})$', '+375'],
    'UA': ['^8?0([3-9]\\d{8})$', '+380'],
    'UZ': ['^8?([235-9]\\d{8})$', '+998'],
}.get(region) -%}
{%- set abroad = '(?:7(?:S\\d){10}|(?:3S7S5|3S8S0|9S9S[24-68])(?:S0)?(?:S\\d){9}|(?:3S7S[34]|9S9S3)(?:S\\d){8}|1(?:S\\d){10}'
    ~ '|(?!7|1|3S7S[345]|3S8S0|9S9S[2-68])[2-9](?:[ ().\\-]*\\d){8,14})' -%}
{%- set shapes = [
    '\\++S' ~ abroad,
    '\\++S[78]S[78]?S9(?:S\\d){9}',
    '(?<![0-9:.\\-])(?:0S0|8S1S0)S' ~ abroad,
    '[78]S(?:[78]S)?9(?:S\\d){9}',
    '[78]S[3-8](?:S\\d){9}',
    '8S0S[1-9](?:S\\d){8}',
    '(?<!\\d )(?:(?:3S7S5|3S8S0|9S9S[24-68])(?:S\\d){9}|(?:3S7S[34]|9S9S3)(?:S\\d){8})',
] + ([bare] if bare else [])
    + (['(?<=^[ (]*)(?!98)[1-69](?:[ ().\\-]*\\d){10,14}(?=[ ().]*$)'] if anywhere else []) -%}
{%- set word = '(?:доб[а-я]*|доп[а-я]*|вн|внутр[а-я]*|ext[a-z]*|x|х|(?:пин|pin|код|code)(?:-? ?(?:код|code|доступа))?|тон[а-я]*)' -%}
{%- set filler = '[ .:=№#()\\-]*(?:номер|no|набор|режим)?[ .:=№#()\\-]*' -%}
(
    select
        phone_found.n,
        phone_found.phone || coalesce('#' || phone_found.extension, '') as phone,
        phone_found.mended
    from (
        select translate(lower({{ plain_text(without_php_array(expression)) }}), E'\t', ' ') as written
        limit 1
    ) as phone_text
    cross join lateral (
        select
            translate(phone_text.written, ' ()-.', '') as digits
        limit 1
    ) as phone_digits
    cross join lateral (
        select phone_digits.digits ~ '^((\+?7|8)[34679]\d{9}|\+89\d{9}{% if at_home %}|\+?9\d{9}|[34]\d{9}{% endif %})$' as is_simple
        limit 1
    ) as phone_shape
    cross join lateral (
        select
            1::bigint as n,
            '+7' || right(phone_digits.digits, 10) as phone,
            null::text as extension,
            null::text as mended
        where phone_shape.is_simple
        union all
        select
            number.n,
            national.phone,
            number.extension,
            case when searched.is_mended then 'O for zero' end as mended
        from (
            -- Days and hours are no digits of a number; what a mask or a link put before it is none either.
            select replace(replace(regexp_replace(
                phone_text.written,
                '(?<![\d.])\d{1,2}[./]\d{1,2}[./](?:19|20)\d\d(?!\d)|(?<!\d)(?:19|20)\d\d-\d\d-\d\d(?!\d)|(?<!\d)\d{1,2}:\d\d(?!\d)',
                '|', 'g'
            ), '(0)', ''), '%2b', '+') as written
            where not phone_shape.is_simple and phone_text.written ~ '\d'
            limit 1
        ) as dated
        cross join lateral (
            -- The letters O (of both alphabets) and Ze between digits are zero and three.
            select
                dated.written ~ '\d[oо]|[oо]\d|\dз[ .()\-]*\d' as is_mended,
                case when dated.written ~ '\d[oо]|[oо]\d|\dз[ .()\-]*\d' then
                    regexp_replace(regexp_replace(regexp_replace(
                        dated.written,
                        '(?<=\d)[oо](?=[\doо .()\-]|$)|(?<![[:alpha:]])[oо](?=\d)', '0', 'g'
                    ), '(?<=\d)[oо](?=[\d .()\-]|$)|(?<=\d[ .()\-])[oо]{1,2}(?=\d|$)', '0', 'g'), '(?<=\d)з(?=[ .()\-]*\d)', '3', 'g')
                else dated.written end as written
            limit 1
        ) as searched
        cross join lateral (
            select
                matched.n,
                starts_with(matched.parts[1], '+') as has_plus,
                regexp_replace(matched.parts[1], '\D', '', 'g') as digits,
                regexp_replace(
                    coalesce(matched.parts[2], matched.parts[3], matched.parts[4], matched.parts[5]), '\D', '', 'g'
                ) as extension
            from regexp_matches(
                searched.written,
                '(?:(?<![0-9a-z_@+])|(?<=tel|phone|mob|mobile|whatsapp|viber|wa|tg|telegram)|(?<![a-z_@+])(?=\+))({{ shapes | join('|') | replace('S', s) }})(?!\d|[a-z0-9._\-]*@)(?:[ ().,;:\-/]*{{ word }}{{ filler }}(\d{1,6}|\d{1,4}[ \-]\d{1,4})(?![ (\-.]*\d|:)|[ ,;]*[#*pw]+ *(\d{1,6})(?!\d)|[,;]+ *(\d{1,6})(?= *(?:$|[,;)\n]))| *\((\d{3,6})\))?',
                'g'
            ) with ordinality as matched (parts, n)
        ) as number
        cross join lateral (
            select
                number.has_plus or number.digits ~ '^(00|810)' as is_international,
                case when number.has_plus then number.digits else regexp_replace(number.digits, '^(00|810)', '') end
                    as digits
            limit 1
        ) as dialled
        cross join lateral (
            select case
                -- The trunk prefix typed after the country code, or instead of it, or twice.
                when dialled.digits ~ '^[78]?[78]9\d{9}$' then '+7' || right(dialled.digits, 10)
                {%- if at_home %}
                -- The country left out after the plus: no country has ten digits that begin with 9.
                when dialled.is_international and dialled.digits ~ '^9\d{9}$' then '+7' || dialled.digits
                {%- endif %}
                when dialled.is_international and dialled.digits ~ '^(375|380|99[24-68])0\d{9}$' then
                    '+' || left(dialled.digits, 3) || right(dialled.digits, 9)
                when dialled.is_international then '+' || dialled.digits
                when dialled.digits ~ '^[78][3-8]\d{9}$' then '+7' || right(dialled.digits, 10)
                {%- if plan %}
                when dialled.digits ~ '{{ plan[0] }}' then '{{ plan[1] }}' || substring(dialled.digits from '{{ plan[0] }}')
                {%- endif %}
                -- 8 0 is dialled in Belarus, and was in Ukraine; no Russian number begins with 0.
                when dialled.digits ~ '^80(15|16|17|2[1-9]|33|44)\d{7}$' then '+375' || right(dialled.digits, 9)
                when dialled.digits ~ '^80[3-9]\d{8}$' then '+380' || right(dialled.digits, 9)
                when dialled.digits ~ '^[1-69]\d{10,14}$' then '+' || dialled.digits
            end as phone
            limit 1
        ) as national
    ) as phone_found
    where
        {{ expression }} is not null
        -- Area codes in use: 3xx, 4xx, 9xx and some 8xx in Russia, 6xx and 7xx in Kazakhstan. Numbers of neighbours
        -- have one length; for the rest of the world any plausible one will do.
        and phone_found.phone
        ~ '^\+(7([3469]\d\d|7[0-8]\d|8(0\d|1[1-8]|2[01]|3[13-6]|4[1-8]|5[15]|6[1-9]|7[1-9]))\d{7}|(375|380|992|99[4-68])\d{9}|(373|374|993)\d{8}|1[2-9]\d\d[2-9]\d{6}|(?!7|1|37[345]|380|99[2-68])[2-9]\d{9,14})$'
        and right(phone_found.phone, 9) <> repeat(right(phone_found.phone, 1), 9)
)
{%- endmacro %}

{% macro normalise_phone(expression, region=none) -%}
(
    select found.phone
    from {{ phones_in(expression, region) }} as found
    order by found.n
    limit 1
)
{%- endmacro %}

{#- Tried as dialled first, so that a number which happens to begin with a prefix stays whole; longer
prefixes before shorter ones. Abroad is dialled with 00 or 8~10, or is a neighbour. -#}
{% macro dialled_phone(expression) -%}
{%- set written = (env_var('CEL_DIAL_PREFIXES', '') or '').lower().replace(' ', '').replace("'", "''") -%}
{%- set prefixes = written.split(',') | select | unique -%}
(
    select found.phone
    from (
        values
        (0, {{ expression }})
        {%- for prefix in prefixes %},
        (
            {{ -(prefix | length) }} + 100,
            case
                when starts_with(lower({{ expression }}), '{{ prefix }}')
                    then substr({{ expression }}, {{ prefix | length + 1 }})
            end
        )
        {%- endfor %}
    ) as attempt (nth, written)
    cross join lateral {{ phones_in('attempt.written', anywhere=false) }} as found
    order by attempt.nth, found.n
    limit 1
)
{%- endmacro %}
