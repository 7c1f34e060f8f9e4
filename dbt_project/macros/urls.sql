{#- Reading landing pages and referrers.

url_decode(expr): percent-decoding, of text encoded several times too; bytes that are not UTF-8 are read
    as cp1251, which old Russian ad cabinets still send; bytes that are neither stay as typed; %u0437 is
    what old scripts write. Never raises: PostgreSQL would.
url_parameter(url, name): first value of a query (or fragment) parameter that is not empty, decoded;
    unfilled ones ({campaign_id}) are null. Whatever stands where a separator should (a second `?`, `;`,
    `&amp;`, an encoded `%26`) parts marks, and `utm_source[]` is utm_source.
value_alone(value): a value without the further parameters that a wrong separator left in it; unfilled
    ones are null.
url_host(url): lower-case host without www., user and port; an app's id.
referrer_host(referrer, landing): the host that sent the visitor, else what a site or its search engine wrote
    into the address because the browser hides it; of a page shown in the cache of a search engine that page's
    host, or the cache's where the page is the shop's own.
click_id(url): name of the click id in the address that says most, of those in var click_ids; what each stands
    for is in seeds/click_ids.csv.

Most addresses carry no mark and most marks no escape: a plain search before the pattern that reads it
saves a quarter of the time; `limit 1` has PostgreSQL work out once what is used more than once. -#}

{% macro url_decode(expression) -%}
{#- UTF-8 without NUL, over the hex form of the bytes. -#}
{%- set utf8 = '^(0[1-9a-f]|[1-7][0-9a-f]|(c[2-9a-f]|d[0-9a-f])[89ab][0-9a-f]|e0[ab][0-9a-f][89ab][0-9a-f]|(e[1-9a-cef])([89ab][0-9a-f]){2}|ed[89][0-9a-f][89ab][0-9a-f]|f0[9ab][0-9a-f]([89ab][0-9a-f]){2}|f[1-3]([89ab][0-9a-f]){3}|f48[0-9a-f]([89ab][0-9a-f]){2})*$' -%}
case
    when strpos({{ expression }}, '%') > 0 and {{ expression }} ~ '%(u0)?[0-9A-Fa-f]{2}' then (
        select case
            when bytes.hex ~ '{{ utf8 }}' then convert_from(decode(bytes.hex, 'hex'), 'UTF8')
            -- UTF-8 whose last letter was cut off with the rest of the address.
            when bytes.whole ~ '^([0-7].)*[c-f]' and bytes.whole ~ '{{ utf8 }}'
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
                        when token.part[1] ~ '^%u'
                            then encode(convert_to(chr(('x' || substr(token.part[1], 3))::bit(16)::integer), 'UTF8'), 'hex')
                        when token.part[1] ~ '^%..$' then lower(substr(token.part[1], 2))
                        else encode(convert_to(token.part[1], 'UTF8'), 'hex')
                    end, '' order by token.n
                ) as hex
                from regexp_matches(
                    -- Text encoded twice or more as if it had been once; the plus of the first time is %2B then.
                    case
                        when {{ expression }} ~ '%25[0-9A-Fa-f]{2}' then regexp_replace(
                            regexp_replace({{ expression }}, '%2B', ' ', 'gi'), '%(?:25)+([0-9A-Fa-f]{2})', '%\1', 'g'
                        )
                        else replace({{ expression }}, '+', ' ')
                    end,
                    '%u0[1-9A-Fa-f][0-9A-Fa-f]{2}|%[0-9A-Fa-f]{2}|.', 'g'
                ) with ordinality as token (part, n)
            ) as typed
        ) as bytes
    )
    else replace({{ expression }}, '+', ' ')
end
{%- endmacro %}

{#- The address with the encoded separators of marks as plain ones, for marks that a redirect encoded whole.
    The marks of another page's address, the referrer, are not ours. -#}
{% macro _unfolded(url) -%}
{%- set name = '(?:utm_[a-z]+|_openstat|[a-z_]*clid)' -%}
regexp_replace(
    regexp_replace(
        regexp_replace({{ url }}, '(?i)utm_referrer=[^&#]*', ''),
        '(?i)%(?:25)*(?:3F|26|3B)(?:amp(?:;|%(?:25)*3B))?(?={{ name }}(?:=|%(?:25)*3D))', '&', 'g'
    ), '(?i)([?&#;]{{ name }})%(?:25)*3D', '\1=', 'g'
)
{%- endmacro %}

{% macro value_alone(value) -%}
nullif(
    regexp_replace(
        trim(
            case
                when {{ value }} ~ '[?;&]' then regexp_replace(
                    {{ value }},
                    '(?i)(?:/*\?+|;)\s*[a-z_][a-z0-9_.-]*(?:\[\d*\])?=.*$|&(?:amp;)?(?:utm_[a-z]+|[a-z_]*clid)=.*$', ''
                )
                else {{ value }}
            end
        ), '^\{.*\}$', ''
    ), ''
)
{%- endmacro %}

{% macro url_parameter(url, name) -%}
{#- Whatever a link makes of `?` and `&`, with a blank after it; `[]`, a value. -#}
{%- set written = '(?i)[?&#;/!](?:%20|[+\\s])*' ~ name ~ '(?:(?:\\[|%5B)\\d*(?:\\]|%5D))?=([^&#]+)' -%}
case when strpos(lower({{ url }}), '{{ name | lower }}') > 0 then (
    select {{ value_alone('decoded.value') }}
    from (
        select rtrim(
            coalesce(
                substring({{ url }} from '{{ written }}'),
                case
                    when {{ url }} ~* '%(25)*(3F|26|3B)(amp(;|%(25)*3B))?{{ name }}=|{{ name }}%(25)*3D'
                        then substring({{ _unfolded(url) }} from '{{ written }}')
                end
            ), '?'
        ) as value
        limit 1
    ) as written
    cross join lateral (select {{ url_decode('written.value') }} as value limit 1) as decoded
) end
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

{#- Maps are a page of the search engine's host. Referrers are encoded by some proxies. -#}
{% macro referrer_host(referrer, landing) -%}
coalesce(case
    when {{ referrer }} ~* '^[a-z-]+-app:|ampproject|/amp/|turbo|/maps|^https?%3A' then (
        select case
            when told.address ~* '^https?://([^/]*\.)?yandex\.[a-z.]+/(web-)?maps' then 'maps.yandex.ru'
            when told.address ~* '^https?://([^/]*\.)?google\.[a-z.]+/maps' then 'maps.google.com'
            when
                told.page is null or told.page = {{ url_host(landing) }}
                {%- for domain in var('own_domains') %}
                or right('.' || told.page, {{ domain | length + 1 }}) = '.{{ domain | lower }}'
                {%- endfor %}
                then {{ url_host('told.address') }}
            else told.page
        end
        from (
            select
                plain.address,
                regexp_replace(
                    lower(
                        substring(
                            plain.address from '(?i)^(?:android-app://[^/]+/https?/'
                            || '|https?://(?:[^/]*\.)?(?:cdn\.ampproject\.org/(?:[a-z]{1,2}/)*'
                            || '|google\.[a-z.]+/amp/(?:s/)?|turbopages\.org/(?:turbo/)?(?:s/)?'
                            || '|yandex\.[a-z.]+/turbo/(?:s/)?))([^/?#:\s]+\.[^/?#:\s.]+)'
                        )
                    ), '^www\.', ''
                ) as page
            from (
                select case
                    when {{ referrer }} ~* '^https?%3A'
                        then replace(replace(replace(lower({{ referrer }}), '%3a', ':'), '%2f', '/'), '%3f', '?')
                    else {{ referrer }}
                end as address
            ) as plain
        ) as told
    )
    else {{ url_host(referrer) }}
end, (
    select {{ url_host('hidden.address') }}
    from (select {{ url_parameter(landing, 'utm_referrer') }} as address) as hidden
))
{%- endmacro %}

{#- Roistat's marker begins with the seller: roistat=direct1_search_…; it stands for roistat_direct. Each id has
    one of `parts` in its name: looking for those first costs a third of what the patterns do. -#}
{% macro click_id(url) -%}
{%- set named = var('click_ids') -%}
{#- As before any parameter. -#}
{%- set before = '(?i)[?&#;/!](?:%20|[+\\s])*' -%}
{%- set parts = [
    'clid', 'click', 'clkid', 'braid', 'gad_', 'cid', '_id', '_uid', 'vk_ads', 'epik', 'cjevent', 'openstat', 'roistat',
    'text', 'extid', 'ltid', 'igsh', 'eid', '_hs',
] -%}
case when
    (strpos({{ url }}, '=') > 0 or strpos({{ url }}, '%') > 0)
    and (
        {%- for part in parts %}
        strpos(lower({{ url }}), '{{ part }}') > 0{{ ' or' if not loop.last }}
        {%- endfor %}
    ) then replace(
    lower(
        coalesce(
            substring({{ url }} from '{{ before }}({{ named.click | join('|') }})=[^&#?;]'),
            case
                when {{ url }} ~* '%(25)*(3F|26|3B)(amp(;|%(25)*3B))?[a-z_]*clid(=|%(25)*3D)'
                    then substring({{ _unfolded(url) }} from '{{ before }}({{ named.click | join('|') }})=[^&#?;]')
            end,
            substring({{ url }} from '{{ before }}({{ named.ad | join('|') }})=[^&#?;]'),
            substring({{ url }} from '{{ before }}(roistat=(?:direct|google|vk|mytarget|facebook))'),
            substring({{ url }} from '{{ before }}({{ named.free | join('|') }})=[^&#?;]')
        )
    ), '=', '_'
) end
{%- endmacro %}
