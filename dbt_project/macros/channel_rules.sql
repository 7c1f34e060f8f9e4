{#- One condition of a line of the seed channel_rules: <field> <operator> <value>.
    `rule` and `facts` are aliases; `prefix` is '' for the first condition, 'and_' for the second. -#}
{% macro rule_condition(rule, facts, prefix='', fields=[
    'touch_type', 'direction', 'is_machine', 'source', 'medium', 'campaign', 'click_id', 'provider', 'referrer_host',
    'referrer_category', 'source_category', 'trunk_channel', 'caveat',
]) -%}
{%- set value -%}
    case {{ rule }}.{{ prefix }}field
        {% for field in fields -%}
        when '{{ field }}' then {{ facts }}.{{ field }}
        {% endfor -%}
    end
{%- endset -%}
    case {{ rule }}.{{ prefix }}operator
        when 'always' then true
        when 'is_null' then {{ value }} is null
        when 'is_not_null' then {{ value }} is not null
        when 'in' then coalesce({{ value }} = any(string_to_array({{ rule }}.{{ prefix }}value, '|')), false)
        when 'matches' then coalesce({{ value }} ~ {{ rule }}.{{ prefix }}value, false)
    end
{%- endmacro %}

{#- CTEs that give each of the rows of CTE `combinations` its channel, source and medium; the last of them is
    `classified`, one row per signature. What a channel depends on is in the columns signature, touch_type,
    direction, is_machine (text), source, medium, campaign, click_id, provider, written_host, trunk_channel,
    trunk_is_paid, caveat. -#}
{% macro channels_of(combinations) -%}
names as (
    select source as name from {{ combinations }}
    where source is not null
    union
    select written_host as name from {{ combinations }}
    where written_host is not null
),

split as (
    -- www2. or m. of a site is the site.
    select
        name,
        string_to_array(regexp_replace(name, '^(www[0-9]*|m|mobile|touch|wap|pda|lite)\.(?=.*\.)', ''), '.') as labels
    from names
),

-- Every form a seed may know a name by: itself, the hosts above it, and those with {} for a country.
suffixes as (
    select
        split.name,
        place.n - 1 as above,
        array_to_string(split.labels[place.n:], '.') as form
    from split
    cross join lateral generate_series(1, greatest(cardinality(split.labels) - 1, 1)) as place (n)
),

forms as (
    select name, above, form, 1 as loose from suffixes
    union all
    select name, 0 as above, name as form, 0 as loose from names
    union all
    select name, above, '*.' || form as form, 2 as loose from suffixes
    where above > 0
    union all
    select name, above, regexp_replace(form, '\.((com?|org|net|edu|it)\.)?[a-z]{2}$', '.{}') as form, 3 as loose
    from suffixes
    union all
    select name, above, regexp_replace(form, '^[a-z]{2}\.', '{}.') as form, 3 as loose
    from suffixes
    where above = 0
),

known_names as (
    select name, category, source, coalesce(is_alias, false) as is_alias, true as is_own
    from {{ ref('source_categories') }}
    union all
    select name, category, source, false as is_alias, false as is_own
    from {{ ref('referrer_hosts') }}
),

categorised as (
    -- The longest name wins: mail.yandex.ru is e-mail although yandex.ru is a search engine. What else lies
    -- under a search engine's host is not its search: support.google.com.
    select distinct on (forms.name)
        forms.name,
        known_names.category,
        known_names.source,
        known_names.is_alias
    from forms
    inner join known_names on forms.form = known_names.name
    where forms.above = 0 or forms.loose = 2 or known_names.category <> 'search'
    order by forms.name asc, forms.above asc, forms.loose asc, known_names.is_own desc
),

hosts_to_ignore as (
    select host from {{ ref('payment_providers') }}
    {% for domain in var('own_domains') %}
    union
    select '{{ domain | lower }}' as host
    {% endfor %}
    union
    select name from categorised
    where category = 'browser'
),

ignored_hosts as (
    -- Coming back from paying, from another page of the shop or out of a browser is not a source of traffic.
    select distinct forms.name
    from forms
    inner join hosts_to_ignore as hosts on forms.form = hosts.host
    where forms.loose <= 1
),

told as (
    select
        combinations.signature,
        combinations.touch_type,
        combinations.direction,
        combinations.is_machine,
        combinations.source,
        combinations.medium,
        combinations.campaign,
        combinations.click_id as written_click_id,
        combinations.provider,
        combinations.trunk_channel,
        combinations.trunk_is_paid,
        combinations.caveat,
        by_source.category as source_category,
        case when by_source.is_alias then by_source.source end as source_name,
        case when ignored_hosts.name is null then combinations.written_host end as referrer_host,
        case when ignored_hosts.name is null then by_referrer.category end as referrer_category,
        case when ignored_hosts.name is null then by_referrer.source end as referrer_source
    from {{ combinations }} as combinations
    left join categorised as by_source on combinations.source = by_source.name
    left join categorised as by_referrer on combinations.written_host = by_referrer.name
    left join ignored_hosts on combinations.written_host = ignored_hosts.name
),

facts as (
    -- A click id that only repeats what a referrer tells, and stays in a copied link, counts where it stands alone.
    select
        told.*,
        case
            when click_ids.when_alone and (told.source is not null or told.referrer_host is not null) then null
            else told.written_click_id
        end as click_id,
        case
            when click_ids.when_alone and (told.source is not null or told.referrer_host is not null) then null
            else click_ids.source
        end as click_source,
        click_ids.medium as click_medium
    from told
    left join {{ ref('click_ids') }} as click_ids on told.written_click_id = click_ids.click_id
),

matched as (
    select distinct on (facts.signature)
        facts.*,
        rules.rule_id,
        rules.is_direct,
        rules.on_path,
        case when rules.channel = '(trunk)' then facts.trunk_channel else rules.channel end as channel,
        case when rules.channel = '(trunk)' then facts.trunk_is_paid else rules.is_paid end as is_paid
    from facts
    inner join {{ ref('channel_rules') }} as rules
        on
            {{ rule_condition('rules', 'facts') }}
            -- An empty cell of a seed is null when loaded and '' in unit tests.
            and (coalesce(rules.and_operator, '') = '' or {{ rule_condition('rules', 'facts', 'and_') }})
    order by facts.signature asc, rules.priority asc
),

classified as (
    select
        signature,
        channel,
        rule_id,
        is_direct,
        coalesce(is_paid, false) as is_paid,
        on_path,
        campaign,
        case
            when is_direct then '(direct)'
            -- The provider of a call is the line's operator, which brings nobody.
            else coalesce(
                source_name, source, click_source, referrer_source, referrer_host,
                case when touch_type <> 'call' then provider end
            )
        end as source,
        case
            when is_direct then '(none)'
            when medium is not null then medium
            when source is null and click_source is not null and click_medium is not null then click_medium
            when source is null and referrer_category in ('search', 'social', 'video', 'shopping', 'maps')
                then 'organic'
            when source is null and referrer_host is not null then 'referral'
            when touch_type in ('email_open', 'email_click', 'email') then 'email'
        end as medium
    from matched
)
{%- endmacro %}
