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

categorised as (
    -- The longest name wins: mail.yandex.ru is e-mail although yandex.ru is a search engine.
    select distinct on (names.name)
        names.name,
        known.category,
        known.source
    from names
    inner join {{ ref('source_categories') }} as known
        on names.name = known.name or right(names.name, length(known.name) + 1) = '.' || known.name
    order by names.name asc, length(known.name) desc
),

hosts_to_ignore as (
    select host from {{ ref('payment_providers') }}
    {% for domain in var('own_domains') %}
    union all
    select '{{ domain | lower }}' as host
    {% endfor %}
),

ignored_hosts as (
    -- Coming back from paying, or from another page of the shop, is not a source of traffic.
    select distinct names.name
    from names
    inner join hosts_to_ignore as hosts
        on names.name = hosts.host or right(names.name, length(hosts.host) + 1) = '.' || hosts.host
),

facts as (
    select
        combinations.*,
        by_source.category as source_category,
        click_ids.source as click_source,
        click_ids.medium as click_medium,
        case when ignored_hosts.name is null then combinations.written_host end as referrer_host,
        case when ignored_hosts.name is null then by_referrer.category end as referrer_category,
        case when ignored_hosts.name is null then by_referrer.source end as referrer_source
    from {{ combinations }} as combinations
    left join categorised as by_source on combinations.source = by_source.name
    left join categorised as by_referrer on combinations.written_host = by_referrer.name
    left join ignored_hosts on combinations.written_host = ignored_hosts.name
    left join {{ ref('click_ids') }} as click_ids on combinations.click_id = click_ids.click_id
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
                source, click_source, referrer_source, referrer_host,
                case when touch_type <> 'call' then provider end
            )
        end as source,
        case
            when is_direct then '(none)'
            when medium is not null then medium
            when source is null and click_medium is not null then click_medium
            when source is null and referrer_category in ('search', 'social', 'video', 'shopping', 'maps')
                then 'organic'
            when source is null and referrer_host is not null then 'referral'
            when touch_type in ('email_open', 'email_click', 'email') then 'email'
        end as medium
    from matched
)
{%- endmacro %}
