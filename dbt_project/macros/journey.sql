{#- Expressions shared by the journey models: cleaned UTM values, trunk keys, local days, kopecks. -#}

{#- Lower case whatever the server's locale is: the C locale knows no Cyrillic. -#}
{% macro lower_case(expression) -%}
    translate(
        lower({{ expression }}), 'АБВГДЕЁЖЗИЙКЛМНОПРСТУФХЦЧШЩЪЫЬЭЮЯ', 'абвгдеёжзийклмнопрстуфхцчшщъыьэюя'
    )
{%- endmacro %}

{#- Text as an index takes it beside others: an entry holds 2,704 bytes, a character takes four at most. -#}
{% macro indexable(expression) -%}
rtrim(left({{ expression }}, 250))
{%- endmacro %}

{#- Lower-case value of a UTM parameter; the ways tools write "nothing" become null. -#}
{% macro clean_utm(expression) -%}
    case
        when
            lower(trim({{ expression }})) in (
                '', '(direct)', '(none)', '(not set)', '(notset)', 'not set', 'undefined', 'null', 'nan', '-'
            )
            then null
        else {{ indexable(lower_case('trim(' ~ expression ~ ')')) }}
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

{#- Calendar day of a timestamptz in the shop's zone. -#}
{% macro local_date(expression) -%}
    ({{ expression }} at time zone '{{ var("local_timezone") }}')::date
{%- endmacro %}

{#- First day of the month of a timestamptz in the shop's zone. -#}
{% macro local_month(expression) -%}
    date_trunc('month', {{ expression }} at time zone '{{ var("local_timezone") }}')::date
{%- endmacro %}

{#- Start of the UTC hour, whatever the session's zone is. -#}
{% macro hour_utc(expression) -%}
    date_trunc('hour', {{ expression }}, 'UTC')
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

{#- Columns of `measures`: those in `own` (a list of columns, or expressions by name), the rest 0. -#}
{% macro adds(measures, own) -%}
{%- set columns = [] -%}
{%- for name in measures -%}
{%- set nothing = '0::bigint' if name.endswith('_kopecks') else '0' -%}
{%- set added = (own[name] if own is mapping else name) if name in own else nothing -%}
{%- do columns.append(name if added == name else added ~ ' as ' ~ name) -%}
{%- endfor -%}
{{ return(columns | join(',\n    ')) }}
{%- endmacro %}

{#- Whose journeys and orders a conversion belongs to: its customer, else itself. -#}
{% macro owner_of(conversion) -%}
coalesce({{ conversion }}.customer_uuid, md5({{ conversion }}.conversion_id)::uuid)
{%- endmacro %}
