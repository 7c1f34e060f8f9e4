-- One row per till receipt of this run, and of the orders of this run, with the site order it belongs to:
-- the one whose number, or else id, is printed on it; a return follows the sale that it names.
{{ config(
    news=true,
    distributed_by='receipt_id',
    indexes=[
        {'columns': ['receipt_id'], 'unique': true},
        {'columns': ['order_id']},
    ],
) }}
{%- set names = [
    'receipt_id', 'receipt_uid', 'kind', 'original_receipt_uid', 'order_number', 'currency', 'total_kopecks',
    'bonus_spent_kopecks', 'card_number', 'phone', 'closed_at', '_seq',
] %}
{%- set columns %}
        receipts.{{ names | join(',\n        receipts.') }}
{%- endset %}
{%- set versions = ref('stg_loyalty__receipt_versions') %}
{%- set all = ref('stg_loyalty__receipts') %}
{%- set by_name = {'receipt_id': 'numbered.receipt_id', 'order_number': 'numbered.name'} %}

with changed as (
    select distinct receipt_uid from {{ ref('int_journey__changed_receipts') }}
    where receipt_uid is not null
),

order_names as (
    {{ names_of_changed_orders() }}
),

-- The index holds the number as it is written; staging tells an empty one as none.
numbered as (
    select distinct
        order_names.name,
        entry.receipt_id
    from order_names
    {{ join_by_key(versions, 'entry', ['receipt_id'], {'order_number': 'order_names.name'}, unique=false) }}
),

chosen as (
    select {{ columns }}
    from changed
    {{ join_by_key(all, 'receipts', names, {'receipt_uid': 'changed.receipt_uid'}, unique=false) }}
    union
    select {{ columns }}
    from {{ ref('int_journey__changed_receipts') }} as nameless
    {{ join_by_key(all, 'receipts', names, {'receipt_id': 'nameless.receipt_id'}, unique=false) }}
    where nameless.receipt_uid is null
    union
    select {{ columns }}
    from numbered
    {{ join_by_key(all, 'receipts', names, by_name, unique=false) }}
),

receipts as (
    select * from chosen
    union
    select {{ columns }}
    from chosen as sold
    {{ join_by_key(all, 'receipts', names, {'original_receipt_uid': 'sold.receipt_uid'}, unique=false) }}
    where receipts.kind = 'return'
),

numbers as (
    select receipt_uid from receipts
    where receipt_uid is not null
    union
    select original_receipt_uid as receipt_uid from receipts
    where kind = 'return' and original_receipt_uid is not null
),

-- Of receipts with one number the first counts.
firsts as (
    select distinct on (numbers.receipt_uid)
        numbers.receipt_uid,
        receipts.receipt_id,
        receipts.kind,
        receipts.order_number
    from numbers
    {{ join_by_key(all, 'receipts', names, {'receipt_uid': 'numbers.receipt_uid'}, unique=false) }}
    order by numbers.receipt_uid asc, receipts.receipt_id asc
),

judged as (
    select
        receipts.*,
        coalesce(firsts.receipt_id <> receipts.receipt_id, false) as is_copy,
        coalesce(sale.kind = 'sale', false) as is_of_known_sale,
        case when sale.kind = 'sale' then sale.order_number else receipts.order_number end as name
    from receipts
    left join firsts on receipts.receipt_uid = firsts.receipt_uid
    left join firsts as sale on receipts.original_receipt_uid = sale.receipt_uid and receipts.kind = 'return'
),

names as (
    select distinct name from judged
    where name is not null and receipt_uid is not null and not is_copy and kind in ('sale', 'return')
),

bearers as (
    select distinct on (found.name)
        found.name,
        found.order_id
    from ({{ orders_named('names') }}) as found
    order by found.name asc, found.is_id asc, found.order_id asc
)

select
    judged.*,
    case
        when judged.receipt_uid is not null and not judged.is_copy and judged.kind in ('sale', 'return')
            then bearers.order_id
    end as order_id
from judged
left join bearers on judged.name = bearers.name
