{#- Reading landing pages and referrers.

url_decode(expr): percent-decoding; bytes that are not UTF-8 are read as cp1251, which old Russian
    ad cabinets still send; bytes that are neither stay as typed. Never raises: PostgreSQL would.
url_parameter(url, name): first value of a query (or fragment) parameter, decoded; empty and
    unfilled ones ({campaign_id}) are null.
url_host(url): lower-case host without www., user and port.
click_id(url): name of the first advertising click id in the address; what each stands for is in
    seeds/click_ids.csv, and a new one needs a line in both places.

Most addresses carry no mark and most marks no escape: a plain search before the pattern that reads it
saves a quarter of the time. -#}

{#- UTF-8 without NUL, over the hex form of the bytes. -#}
{% macro _utf8_hex() -%}
^(0[1-9a-f]|[1-7][0-9a-f]|(c[2-9a-f]|d[0-9a-f])[89ab][0-9a-f]|e0[ab][0-9a-f][89ab][0-9a-f]|(e[1-9a-cef])([89ab][0-9a-f]){2}|ed[89][0-9a-f][89ab][0-9a-f]|f0[9ab][0-9a-f]([89ab][0-9a-f]){2}|f[1-3]([89ab][0-9a-f]){3}|f48[0-9a-f]([89ab][0-9a-f]){2})*$
{%- endmacro %}

{% macro url_decode(expression) -%}
case
    when strpos({{ expression }}, '%') > 0 and {{ expression }} ~ '%[0-9A-Fa-f]{2}' then (
        select case
            when bytes.hex ~ '{{ _utf8_hex() }}' then convert_from(decode(bytes.hex, 'hex'), 'UTF8')
            -- UTF-8 whose last letter was cut off with the rest of the address.
            when bytes.whole ~ '^([0-7].)*[c-f]' and bytes.whole ~ '{{ _utf8_hex() }}'
                then convert_from(decode(bytes.whole, 'hex'), 'UTF8')
            when bytes.hex ~ '^((?!98|00)[0-9a-f]{2})*$' then convert_from(decode(bytes.hex, 'hex'), 'WIN1251')
            else {{ expression }}
        end
        from (
            select
                typed.hex,
                regexp_replace(
                    typed.hex, '([cd].|e.([89ab].)?|f.([89ab].){0,2})$', ''
                ) as whole
            from (
                select string_agg(
                    case
                        when token.part[1] ~ '^%..$' then lower(substr(token.part[1], 2))
                        else encode(convert_to(token.part[1], 'UTF8'), 'hex')
                    end, '' order by token.n
                ) as hex
                from regexp_matches(replace({{ expression }}, '+', ' '), '%[0-9A-Fa-f]{2}|.', 'g')
                    with ordinality as token (part, n)
            ) as typed
        ) as bytes
    )
    else replace({{ expression }}, '+', ' ')
end
{%- endmacro %}

{% macro url_parameter(url, name) -%}
case when strpos(lower({{ url }}), '{{ name | lower }}=') > 0 then (
    select nullif(regexp_replace(trim(decoded.value), '^\{.*\}$', ''), '')
    from (select substring({{ url }} from '(?i)[?&#;]{{ name }}=([^&#]*)') as value) as written
    cross join lateral (select {{ url_decode('written.value') }} as value) as decoded
) end
{%- endmacro %}

{#- A mark: the column if the source filled it, else the parameter of the landing page. -#}
{% macro utm(column, url, name) -%}
coalesce(
    case
        when {{ column }} <> '' then nullif(regexp_replace(trim({{ url_decode(column) }}), '^\{.*\}$', ''), '')
    end,
    {{ url_parameter(url, name) }}
)
{%- endmacro %}

{% macro url_host(url) -%}
nullif(
    regexp_replace(
        lower(
            coalesce(
                substring({{ url }} from '^\s*(?:[A-Za-z][A-Za-z0-9+.\-]*:)?//(?:[^/?#@]*@)?([^/?#:\s]+)'),
                substring({{ url }} from '^\s*([^/?#:@\s]+\.[^/?#:@\s.]{2,})(?:[/?#:]|\s*$)')
            )
        ), '^www\.|\.$', '', 'g'
    ), ''
)
{%- endmacro %}

{% macro click_id(url) -%}
{%- set names = [
    'yclid', 'ymclid', 'gclid', 'gbraid', 'wbraid', 'dclid', 'rb_clickid', 'mt_click_id', 'vk_ads',
    'vk_clickid', 'ttclid', 'msclkid', 'admitad_uid',
] -%}
case when strpos({{ url }}, '=') > 0 then lower(substring({{ url }} from '(?i)[?&#;]({{ names | join("|") }})=[^&#]')) end
{%- endmacro %}
