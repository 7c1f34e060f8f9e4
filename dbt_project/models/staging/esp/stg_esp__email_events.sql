-- One row per provider event. What the payload tells about the letter is read here: columns that nobody asks
-- for cost nothing.
{#- Texts of a payload, of the first of the keys that stands anywhere: vendors nest the same differently. #}
{%- set facts = {
    'campaign': ['marketing_campaign_id', 'singlesend_id', 'campaign_id', 'campaign-id', 'camp_id', 'task_id'],
    'subject': ['subject', 'Subject'],
    'about': ['order_number', 'order_id', 'orderNumber', 'orderId'],
    'event': ['sg_event_id', 'event_id', 'eventId', 'event_uuid'],
} %}
{%- set text_of = {} %}
{%- for fact, keys in facts.items() %}
{%- set texts = [] %}
{%- for key in keys %}
{%- set found = "jsonb_path_query_first(e.payload, 'strict $.**.\"" ~ key ~ "\"')" %}
{%- do texts.append("nullif(" ~ found ~ " #>> '{}', '')") %}
{%- endfor %}
{%- do text_of.update({fact: texts | join(', ')}) %}
{%- endfor %}

with events as (
    select
        e.*,
        lower(trim(e.provider)) as provider_name,
        -- Handlers that keep the vendor's own word.
        case
            when lower(e.event) ~ '^(unique_|first_)?(proxy_)?open(s|ed)?$' then 'open'
            when lower(e.event) ~ '^(unique_|first_)?(click(s|ed)?|redirect|link_clicked)$' then 'click'
            else lower(e.event)
        end as event_name,
        {{ source_time('ESP', 'e.event_at') }} as at,
        {{ source_time('ESP', 'e.received_at') }} as received
    from {{ source('raw_esp', 'bl_email_events') }} as e
    where {{ standing('e') }}
)

select
    e.id as email_event_id,
    e.provider_name as provider,
    e.event_name as event,
    {{ normalise_email('e.email') }} as email,
    e.email as email_written,
    coalesce(
        nullif(e.campaign_id, ''),
        {{ text_of.campaign }}
    ) as campaign_id,
    e.message_id,
    e.url,
    e.payload,
    e.at,
    e.received as received_at,
    coalesce({{ text_of.subject }}) as subject,
    -- What the provider calls the service, and the shop the kind of letter.
    lower(concat_ws(
        ' ',
        {% for key in [
            'event_name', 'MessageStream', 'mc_stats', 'category', 'categories', 'tags', 'tag', 'Tag', 'template',
            'template_name', 'message_type',
        ] -%}
        jsonb_path_query_first(e.payload, 'strict $.**."{{ key }}"') #>> '{}'{{ ',' if not loop.last }}
        {% endfor %}
    )) as marks,
    coalesce({{ text_of.about }}) as about,
    coalesce({{ is_by_machine('e.payload') }} or lower(e.event) ~ 'proxy', false) as is_marked_machine,
    -- Deliveries of one event agree in this: in the id that the provider gave it, else in all that it tells.
    md5(concat_ws(
        e'\x1f', e.provider_name, e.event_name,
        coalesce(
            'id ' || coalesce(
                {{ text_of.event }},
                e.payload #>> '{event-data,id}',
                case when e.provider_name = 'mailgun' then e.payload ->> 'id' end
            ),
            concat_ws(
                e'\x1f', lower(trim(e.email)), coalesce(e.campaign_id, ''), coalesce(e.url, ''),
                coalesce(extract(epoch from e.at)::bigint::text, '')
            )
        )
    )) as told_key,
    e._seq,
    e._next_seq
from events as e
