{#- Key of a row of advertising cost as one text. -#}
{% macro cost_id(row) -%}
{{ row }}.provider || ':' || {{ row }}.account || ':' || {{ row }}.campaign_id || ':' || {{ row }}.network
    || ':' || {{ row }}.day::text
{%- endmacro %}

{#- Id of the campaign in the marks of a visit whose utm_campaign is none: at the end of a template with name and
    id (`sofas|70110021`, `sofas_70110021`; ids have six digits or more and are no day), else behind its key in
    utm_content (`cid|70110021|gid|…`, `campaign_id:70110021`). -#}
{% macro campaign_id_in(campaign, content) -%}
case when {{ campaign }} is null or {{ campaign }} !~ '^ *[0-9]+ *$' then coalesce(
    substring({{ campaign }} from '[|_:](?!20[0-9]{2}[01][0-9][0-3][0-9] *$)([0-9]{6,}) *$'),
    substring(lower({{ content }}) from '(?:^|[^a-z0-9])(?:cid|campaign_?id)[|_:=.~-]+([0-9]{3,})')
) end
{%- endmacro %}

{#- Campaign under which calls to a number stand: the one paid campaign that carries it, else the number's own. -#}
{% macro campaign_of_number(number) -%}
case
    when strpos({{ number }}.cost_campaigns, ';') > 0 then {{ number }}.utm_campaign
    else coalesce(nullif(trim({{ number }}.cost_campaigns), ''), {{ number }}.utm_campaign)
end
{%- endmacro %}

{#- SELECT of the tracked numbers with the marks and days that a call to one has. -#}
{% macro tracked_numbers() -%}
select
    {{ trunk_key('number.number') }} as trunk_key,
    number.utm_source,
    number.utm_medium,
    {{ campaign_of_number('number') }} as utm_campaign,
    number.channel,
    number.is_paid,
    number.brand,
    number.region,
    coalesce(number.valid_from, '-infinity'::date) as valid_from,
    coalesce(number.valid_to, 'infinity'::date) as valid_to
from {{ ref('call_tracking_numbers') }} as number
{%- endmacro %}

{#- SELECT of the paid campaigns that carry a number together with others: the calls of such a number stand
    under its own campaign. -#}
{% macro carried_numbers() -%}
select distinct
    number.channel,
    {{ clean_utm('number.utm_source') }} as source,
    {{ clean_utm('number.utm_campaign') }} as campaign,
    {{ clean_utm('carrier.campaign') }} as cost_campaign,
    coalesce(number.valid_from, '-infinity'::date) as valid_from,
    coalesce(number.valid_to, 'infinity'::date) as valid_to
from {{ ref('call_tracking_numbers') }} as number
cross join lateral unnest(string_to_array(number.cost_campaigns, ';')) as carrier (campaign)
where strpos(number.cost_campaigns, ';') > 0
{%- endmacro %}

{#- SELECT of cost by local day: each cost row, and what of it moves from a campaign to the calls of the numbers
    that it carries together with others (CTE `carried`). A call costs as much as a visit: of the day's cost of
    each of the campaigns goes the share that these calls have in the calls and the visits of all of them. Parts
    are differences of rounded running sums, so what leaves a campaign arrives to the kopeck. Statistics are
    looked up by day, so that a filter on days reaches them by their index. -#}
{% macro cost_shared_with_calls() -%}
{%- set dimensions = ['brand', 'region', 'channel', 'source', 'campaign'] -%}
{%- set is_carried = "label.source = spend.source and label.cost_campaign = spend.campaign
            and spend.local_date between label.valid_from and label.valid_to" -%}
select
    cost_id,
    false as is_moved,
    local_date,
    {{ dimensions | join(', ') }},
    impressions,
    clicks,
    net_kopecks,
    vat_kopecks
from {{ ref('int_ads__spend') }}
union all
select
    spend.cost_id,
    true as is_moved,
    spend.local_date,
    placed.{{ dimensions | join(', placed.') }},
    0 as impressions,
    0 as clicks,
    {%- for part in ['net_kopecks', 'vat_kopecks'] %}
    placed.sign * (
        round(spend.{{ part }} * cell.calls_so_far / cell.contacts)
        - round(spend.{{ part }} * (cell.calls_so_far - cell.calls) / cell.contacts)
    ) as {{ part }}{{ ',' if not loop.last }}
    {%- endfor %}
from {{ ref('int_ads__spend') }} as spend
cross join lateral (
    select
        counted.*,
        sum(counted.calls) over (order by {{ dimensions | join(', ') }}) as calls_so_far,
        sum(counted.calls + counted.sessions) over () as contacts
    from (
        select
            stats.{{ dimensions | join(', stats.') }},
            sum(case when own.campaign is not null then stats.calls else 0 end) as calls,
            sum(case when carrier.cost_campaign is not null then stats.sessions else 0 end) as sessions
        from {{ ref('bl_omni_stats') }} as stats
        left join (
            select distinct label.channel, label.campaign from carried as label where {{ is_carried }}
        ) as own on stats.channel = own.channel and stats.campaign = own.campaign
        left join (
            select distinct other.cost_campaign
            from carried as label
            inner join carried as other
                on label.channel = other.channel and label.source = other.source and label.campaign = other.campaign
            where {{ is_carried }} and spend.local_date between other.valid_from and other.valid_to
        ) as carrier on stats.campaign = carrier.cost_campaign
        where {{ local_date('stats.hour_utc') }} = spend.local_date and stats.source = spend.source
        group by stats.{{ dimensions | join(', stats.') }}
    ) as counted
) as cell
cross join lateral (
    values
    (1, cell.{{ dimensions | join(', cell.') }}),
    (-1, spend.{{ dimensions | join(', spend.') }})
) as placed (sign, {{ dimensions | join(', ') }})
where
    (spend.source, spend.campaign) in (select carried.source, carried.cost_campaign from carried)
    and cell.calls > 0
{%- endmacro %}
