-- One row per till receipt with a number, of several with one number the first, with the site order it
-- belongs to: the one whose number, or else id, is printed on it; a return follows the sale that it names. A
-- sale has what its returns gave back beside bonuses. A sale and its returns fall together (`sale_uid`).
{%- set by_number = "entry.account_number = via.order_number and via.order_number <> ''" %}
{%- set by_id = 'entry.order_id = (' ~ id_in('via.order_number') ~ ')::bigint'
    ~ ' and entry.order_id::text = via.order_number' %}
{{ config(
    key='sale_uid',
    unique_key='receipt_id',
    follows={
        'stg_loyalty__receipts': [{'by': {'sale_uid': 'receipt_uid'}}, {'by': {'sale_uid': 'original_receipt_uid'}}],
        'stg_loyalty__receipt_numbers': {'through': 'stg_loyalty__receipts', 'on': {'receipt_uid': 'receipt_uid'}},
        'stg_bitrix__order_numbers': [
            {'through': 'stg_loyalty__receipt_numbers', 'on': by_number},
            {'through': 'stg_loyalty__receipt_numbers', 'on': by_id},
        ],
    },
    reads={
        'stg_loyalty__receipts': [
            'receipt_id', 'receipt_uid', 'kind', 'original_receipt_uid', 'order_number', 'currency',
            'total_kopecks', 'bonus_spent_kopecks', '_seq',
        ],
        'stg_loyalty__receipt_numbers': ['receipt_uid', 'receipt_id', 'order_number'],
        'stg_bitrix__order_numbers': ['order_id', 'account_number'],
    },
    indexes=[
        {'columns': ['receipt_id'], 'unique': true},
        {'columns': ['sale_uid']},
        {'columns': ['order_id']},
    ],
) }}

with firsts as (
    select
        receipt_uid,
        min(receipt_id) as receipt_id
    from {{ ref('stg_loyalty__receipt_numbers') }}
    group by receipt_uid
),

receipts as (
    select receipts.*
    from firsts
    -- Not by number as well: of both together the planner expects a single row, and loops over it below.
    inner join {{ ref('stg_loyalty__receipts') }} as receipts on firsts.receipt_id = receipts.receipt_id
),

judged as (
    select
        receipts.*,
        sale.receipt_id as sale_id,
        sale.currency as sale_currency,
        case when sale.receipt_id is not null then sale.order_number else receipts.order_number end as name
    from receipts
    left join receipts as sale
        on
            receipts.kind = 'return'
            and receipts.original_receipt_uid = sale.receipt_uid
            and sale.kind = 'sale'
),

returns as (
    select
        judged.sale_id,
        -- Beside bonuses; returns are written with either sign.
        sum(abs(judged.total_kopecks) - abs(coalesce(judged.bonus_spent_kopecks, 0)))::bigint as refund_minor,
        sum(abs(judged.total_kopecks))::bigint as returned_minor,
        bool_or(
            {{ currency_code('judged.currency') }}
            is distinct from {{ currency_code('judged.sale_currency') }}
        ) as is_foreign,
        max(judged._seq) as seq
    from judged
    where judged.sale_id is not null
    group by judged.sale_id
),

names as (
    select distinct name from judged
    where name is not null and kind in ('sale', 'return')
),

found as (
    {{ orders_named('names') }}
),

bearers as (
    select distinct on (name)
        name,
        order_id
    from found
    order by name asc, is_id asc, order_id asc
)

select
    judged.receipt_id,
    case
        when judged.kind = 'return' then coalesce(judged.original_receipt_uid, judged.receipt_uid)
        else judged.receipt_uid
    end as sale_uid,
    judged.kind,
    judged.currency,
    judged.total_kopecks,
    judged.bonus_spent_kopecks,
    judged._seq,
    judged.sale_id is not null as is_of_known_sale,
    case when judged.kind in ('sale', 'return') then bearers.order_id end as order_id,
    returns.refund_minor,
    returns.returned_minor,
    returns.is_foreign as is_foreign_refund,
    returns.seq as returns_seq
from judged
left join bearers on judged.name = bearers.name
left join returns on judged.receipt_id = returns.sale_id
