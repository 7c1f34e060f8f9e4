{#- Phones to E.164, in SQL, without knowing every numbering plan.

phones_in(expr): a FROM item with columns (n, phone): every usable number of a free-text field, in
    the order written. Use as `cross join lateral phones_in('t.phone') as phones`.
normalise_phone(expr): the first of them, or null.

A national number is read in the plan of `region` (default: var default_region_code). Numbers that
many people would share by accident are refused: one repeated digit, unassigned codes after +7
(among them +7 89x, which is what an input mask makes of 8 9xx and which has lost its last digit).

`limit 1` keeps PostgreSQL from unfolding each step into every use of it: ten times faster. -#}

{#- Area codes in use: 3xx, 4xx, 9xx and some 8xx in Russia, 6xx and 7xx in Kazakhstan. -#}
{% macro _assigned_after_7() -%}
'^\+7([34679]\d\d|8(0\d|1[1-8]|2[01]|3[13-6]|4[1-8]|5[15]|6[1-9]|7[1-9]))\d{7}$'
{%- endmacro %}

{% macro phones_in(expression, region=none) -%}
{#- National forms per country: patterns over bare digits, then the country's prefix. -#}
{%- set forms = {
    'RU': ['[78]([346789][0-9]{9})', '([3489][0-9]{9})', '+7'],
    'KZ': ['[78]?([3-9][0-9]{9})', '+7'],
    'BY': ['(?:80)?((?:15|16|17|2[1-9]|33|44)[0-9]{7})', '+375'],
    'UA': ['8?0([3-9][0-9]{8})', '+380'],
    'UZ': ['8?([235-9][0-9]{8})', '+998'],
}.get(region or var('default_region_code'), ['']) -%}
(
    select piece.n, plan.phone
    from regexp_split_to_table(
        -- A field with several values is stored by the site as a serialised PHP array.
        case
            when {{ expression }} ~ '^a:\d+:\{' then
                regexp_replace({{ expression }}, '^a:\d+:\{|i:\d+;|s:\d+:|"|\}$', '', 'g')
            else {{ expression }}
        end,
        '[,;/|\n\r]+|\s+(?=\+)'
    ) with ordinality as piece (written, n)
    cross join lateral (
        -- Labels before the number, notes in brackets and extensions after it are not the number.
        select regexp_replace(
            regexp_replace(
                regexp_replace(
                    translate(lower(piece.written), U&'\00A0\2009\202F\2010\2011\2012\2013\2014\2212', '   ------'),
                    '\([^)]*[[:alpha:]][^)]*\)', ' ', 'g'
                ),
                '(доб|доп|вн|ext|x|х|#|;).*$', ''
            ),
            '^\W*(тел|телефон|моб|мобильный|сот|раб|рабочий|дом|т|м|tel|phone|mob|mobile)?[.: ]*', ''
        ) as number
        limit 1
    ) as bare
    cross join lateral (
        select
            piece.written ~ '^\D*\+' as has_plus,
            case when bare.number ~ '^[+0-9 ().~\-]*$' then regexp_replace(bare.number, '\D', '', 'g') end
                as digits
        limit 1
    ) as typed
    cross join lateral (
        select case
            when typed.digits like '00%' then '+' || substr(typed.digits, 3)
            when not typed.has_plus and typed.digits ~ '^810\d{10,}$' then '+' || substr(typed.digits, 4)
            -- +8 is no country: the trunk prefix was typed after the plus.
            when typed.digits ~ '^8(800|9\d\d)\d{7}$' then '+7' || substr(typed.digits, 2)
            -- 8 typed after the country code.
            when typed.digits ~ '^789\d{9}$' then '+7' || substr(typed.digits, 3)
            when typed.has_plus then '+' || typed.digits
            {%- for pattern in forms[:-1] %}
            when typed.digits ~ '^{{ pattern }}$' then '{{ forms[-1] }}' || substring(typed.digits from '^{{ pattern }}$')
            {%- endfor %}
            -- International, the plus left out.
            when typed.digits ~ '^7\d{10}$' then '+' || typed.digits
            when typed.digits ~ '^[1-69]\d{10,14}$' then '+' || typed.digits
        end as candidate
        limit 1
    ) as international
    cross join lateral (
        select international.candidate as phone
        where
            international.candidate ~ '^\+[1-9]\d{9,14}$'
            and right(international.candidate, 9) <> repeat(right(international.candidate, 1), 9)
            and (international.candidate !~ '^\+7' or international.candidate ~ {{ _assigned_after_7() }})
            and (
                international.candidate !~ '^\+(375|380|998|996|992|994|995)'
                or length(international.candidate) = 13
            )
    ) as plan
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
