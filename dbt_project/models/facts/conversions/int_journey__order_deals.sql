-- One row per CRM deal that was made from a site order.
-- The connector writes the order's id or its number: an id wins when a number looks the same.
{%- set id = '(' ~ id_in('via.origin_id') ~ ')::bigint' %}
{{ config(
    key='deal_id',
    unique_key='deal_id',
    follows={
        'stg_crm__deals': 'deal_id',
        'stg_bitrix__order_numbers': [
            {
                'through': 'stg_crm__deals',
                'on': "entry.account_number = via.origin_id and via.origin_id <> ''",
            },
            {'through': 'stg_crm__deals', 'on': 'entry.order_id = ' ~ id ~ ' and entry.order_id::text = via.origin_id'},
        ],
    },
    reads={
        'stg_crm__deals': ['deal_id', 'originator_id', 'origin_id', '_seq'],
        'stg_bitrix__order_numbers': ['order_id', 'account_number'],
    },
    indexes=[
        {'columns': ['deal_id'], 'unique': true},
        {'columns': ['order_id']},
    ],
) }}

with deals as (
    select
        deal_id,
        origin_id as name,
        _seq
    from {{ ref('stg_crm__deals') }}
    where originator_id = 'bitrix_site' and origin_id <> ''
),

names as (
    select distinct name from deals
),

bearers as (
    {{ orders_named('names') }}
)

select distinct on (deals.deal_id)
    deals.deal_id,
    bearers.order_id,
    deals._seq as seq
from deals
inner join bearers on deals.name = bearers.name
order by deals.deal_id asc, bearers.is_id desc, bearers.order_id asc
