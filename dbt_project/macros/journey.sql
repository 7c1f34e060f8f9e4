{#- Expressions shared by the journey models: cleaned UTM values, trunk keys, local days, kopecks. -#}

{#- Lower-case value of a UTM parameter; the ways tools write "nothing" become null. Whatever the server's locale
    is: C knows no Cyrillic. As an index takes it beside others: an entry holds 2,704 bytes, a character takes four
    at most. -#}
{% macro clean_utm(expression) -%}
    case
        when
            lower(trim({{ expression }})) in (
                '', '(direct)', '(none)', '(not set)', '(notset)', 'not set', 'undefined', 'null', 'nan', '-'
            )
            then null
        else rtrim(left(translate(
            lower(trim({{ expression }})), 'АБВГДЕЁЖЗИЙКЛМНОПРСТУФХЦЧШЩЪЫЬЭЮЯ', 'абвгдеёжзийклмнопрстуфхцчшщъыьэюя'
        ), 250))
    end
{%- endmacro %}

{#- Key of a trunk: digits of a number (8… read as 7…), else the trunk's name in lower case.
    Exchanges write one line as 74951110001, +7 495 111-00-01 or 84951110001. -#}
{% macro trunk_key(expression) -%}
    case
        when {{ expression }} ~ '^[-+() 0-9]{5,}$'
            then regexp_replace(regexp_replace({{ expression }}, '[^0-9]', '', 'g'), '^8([0-9]{10})$', '7\1')
        else lower(trim({{ expression }}))
    end
{%- endmacro %}

{#- Calendar day of a timestamptz in the shop's zone, or the first of its month. -#}
{% macro local_date(expression, period='day') -%}
    {%- set local = expression ~ " at time zone '" ~ var('local_timezone') ~ "'" -%}
    {{ '(' ~ local ~ ')' if period == 'day' else "date_trunc('" ~ period ~ "', " ~ local ~ ')' }}::date
{%- endmacro %}

{#- Kopecks of the base currency from hundredths of another: numeric, half away from zero; null out of bounds. -#}
{% macro converted_kopecks(amount_minor, rate) -%}
    case
        when abs({{ amount_minor }} * {{ rate }}) < 100 * {{ var('number_limit') }}::numeric
            then round({{ amount_minor }} * {{ rate }})::bigint
    end
{%- endmacro %}

{#- Key of a row of bl_omni_stats: hash of its dimensions. Facts carry it, so that a number of the
    statistics leads to the contacts behind it. -#}
{% macro cell_id(hour, brand, region, channel, source, campaign) -%}
    md5(concat_ws(
        e'\x1f', extract(epoch from {{ hour }})::bigint, {{ brand }}, {{ region }}, coalesce({{ channel }}, '(none)'),
        coalesce({{ source }}, '(none)'), coalesce({{ campaign }}, '(none)')
    ))::uuid
{%- endmacro %}

{#- Whose journeys and orders a conversion belongs to: its customer, else itself. -#}
{% macro owner_of(conversion) -%}
coalesce({{ conversion }}.customer_uuid, md5({{ conversion }}.conversion_id)::uuid)
{%- endmacro %}
