"""An invented shop as the facts that attribution reads: marts.fct_touch and marts.fct_conversion.

Nothing is drawn: every fact is a hash of a customer's number and a step, so one size is one shop.
A customer has one conversion and a path of 1 to 40 touches before it (5 in the mean) over twelve
channels; he has a favourite channel, so what came two touches ago tells of the next one. One
conversion in five is a paid order, likelier after some channels and on longer paths; the others are
leads with a budget, which rule models share out and data-driven ones take for silence. One touch in
a hundred is older than the lookback of 90 days, one customer in two hundred has no touch at all.
"""

from dataclasses import dataclass
from typing import Any

import psycopg

TOUCHES_PER_CUSTOMER = 5
# Channel: of how many touches in a hundred, source, type of touch.
CHANNELS = (
    ("Direct", 26, None, "web_session"),
    ("Organic Search", 18, "google", "web_session"),
    ("Paid Search", 15, "yandex", "web_session"),
    ("Email", 12, "unisender", "email_click"),
    ("Paid Social", 8, "vk", "web_session"),
    ("Referral", 6, "partner.example", "web_session"),
    ("Organic Social", 5, "t.me", "web_session"),
    ("Messenger", 4, "telegram", "chat"),
    ("Other Traffic / Call", 3, None, "call"),
    ("Display", 1, "rsya", "web_session"),
    ("Maps & Directories", 1, "2gis", "web_session"),
    ("Store", 1, None, "pos_visit"),
)
HUNDRED = (
    "array[" + ",".join(f"{n}" for n, row in enumerate(CHANNELS, 1) for _ in range(row[1])) + "]"
)
NAMES, SOURCES, TYPES = (
    "array[" + ",".join(f"'{row[i]}'" if row[i] else "null" for row in CHANNELS) + "]"
    for i in (0, 2, 3)
)
TABLES = """
create schema if not exists bench;
create schema if not exists marts;
drop table if exists marts.fct_touch, marts.fct_conversion cascade;
create or replace function bench.u(i bigint, salt int) returns float8
language sql immutable parallel safe as
'select (hashint8extended($1, $2) & 4503599627370495) / 4503599627370496.0::float8';
create unlogged table bench.customer (
    i bigint, customer_uuid uuid, at timestamptz, touches int, favourite int, is_purchase boolean
);
"""
CUSTOMERS = f"""
insert into bench.customer
select
    i, md5('customer|' || i)::uuid,
    timestamptz '2026-06-01' - bench.u(i, 1) * interval '365 days',
    touches, favourite,
    bench.u(i, 4) < 0.1 + 0.012 * touches + 0.12 * (favourite in (3, 4, 8))::int
        - 0.06 * (favourite in (5, 10))::int
from generate_series(1, %(customers)s) as i
cross join lateral (
    select
        case when bench.u(i, 5) < 0.005 then 0
            else least(1 + floor(ln(1 - bench.u(i, 2)) / ln(0.8))::int, 40) end as touches,
        ({HUNDRED})[1 + floor(bench.u(i, 3) * 100)::int] as favourite
) as drawn
"""
# In the order of time, as sources tell it: a customer's touches lie on pages of their own.
TOUCHES = f"""
create table marts.fct_touch as
select
    'bitrix.session:' || touch as touch_id, customer_uuid, at, ({TYPES})[c] as touch_type,
    ({SOURCES})[c] as source, null::text as medium,
    case when c in (3, 4, 5, 10) then 'campaign_' || touch % 40 end as campaign,
    null::text as content, null::text as term, ({NAMES})[c] as channel,
    'rule_' || c as rule_id, c = 1 as is_direct, c in (3, 5, 10) as is_paid, true as is_on_path,
    null::text as trunk, null::text as direction, null::boolean as is_answered,
    null::bigint as wait_seconds, null::bigint as talk_seconds, null::boolean as is_machine,
    'main'::text as brand, '(unknown)'::text as region, 'bitrix'::text as source_system,
    (1 + c % 5)::smallint as source_priority, 'FUSER'::text as id_type, i::text as id_value,
    date_trunc('hour', at, 'UTC') as hour_utc, md5(c::text || date_trunc('hour', at, 'UTC'))::uuid
        as cell_id,
    touch as seq, null::text as about
from (
    select
        i, customer_uuid, i * 40 + step as touch,
        at - power(bench.u(i * 40 + step, 6), 2) * least(6 * touches, 110) * interval '1 day' as at,
        case when bench.u(i * 40 + step, 7) < 0.35 then favourite
            else ({HUNDRED})[1 + floor(bench.u(i * 40 + step, 8) * 100)::int] end as c
    from bench.customer cross join lateral generate_series(1, touches) as step
) as drawn
order by at
"""
CONVERSIONS = """
create table marts.fct_conversion as
select
    case when is_purchase then 'order:' else 'lead:' end || i as conversion_id,
    case when is_purchase then 'order' else 'lead' end as kind, customer_uuid, at,
    case when is_purchase then 'F' when i % 3 = 0 then 'CONVERTED' else 'NEW' end as status,
    is_purchase as is_paid, false as is_cancelled, worth as gross_kopecks,
    0::bigint as refund_kopecks,
    0::bigint as delivery_kopecks, 0::bigint as bonus_kopecks, worth as revenue_kopecks,
    case when i % 2 = 0 then worth * 3 / 10 end as margin_kopecks,
    'RUB'::text as currency, 1::numeric(20, 8) as rate,
    case when is_purchase then i end as order_id, null::bigint as deal_id, 'main'::text as brand,
    '(unknown)'::text as region, case when is_purchase then 1 end as sequence_no,
    is_purchase as is_first, i as seq, null::text as order_number,
    null::timestamptz as opened_at
from (
    select *, (1 + floor(exp(9 + 4 * bench.u(i, 9))))::bigint as worth from bench.customer
) as drawn
order by at
"""
INDEXES = """
create unique index on marts.fct_touch (touch_id);
create index on marts.fct_touch (customer_uuid, at);
create index on marts.fct_touch (at);
create unique index on marts.fct_conversion (conversion_id);
create index on marts.fct_conversion (customer_uuid, at);
create index on marts.fct_conversion (at);
create index on marts.fct_conversion (coalesce(customer_uuid, md5(conversion_id)::uuid));
create schema intermediate;
create table intermediate.fct_touch__changes (
    like marts.fct_touch, sign integer not null,
    change_no bigint generated always as identity primary key
);
create table intermediate.fct_conversion__changes (
    like marts.fct_conversion, sign integer not null,
    change_no bigint generated always as identity primary key
);
analyze marts.fct_touch, marts.fct_conversion;
"""
# Of one customer in a hundred: of odd ones a touch moves to another place of its path, even ones
# get one more. Old and new version stand in the change log.
CHANGE = """
create temporary table changed as
select i, customer_uuid, at, touches from bench.customer where i %% 100 = %(turn)s;
create temporary table gone as
select touch.* from changed
cross join lateral (
    select * from marts.fct_touch
    where fct_touch.customer_uuid = changed.customer_uuid order by at limit 1
) as touch
where changed.i / 100 %% 2 = 1;
create temporary table fresh as
select * from gone;
update fresh set at = changed.at - interval '1 minute' * (1 + seq %% 1000), channel = 'Email'
from changed where changed.customer_uuid = fresh.customer_uuid;
insert into fresh
select touch.* from changed
cross join lateral (
    select * from marts.fct_touch
    where fct_touch.customer_uuid = changed.customer_uuid order by at limit 1
) as touch
where changed.i / 100 %% 2 = 0;
update fresh set touch_id = touch_id || ' again', at = at + interval '1 hour'
where touch_id not in (select touch_id from gone);
delete from marts.fct_touch using gone where fct_touch.touch_id = gone.touch_id;
insert into marts.fct_touch select * from fresh;
insert into intermediate.fct_touch__changes
select *, -1 from gone
union all select *, 1 from fresh;
drop table changed, gone, fresh;
"""


@dataclass(frozen=True)
class Written:
    """How many facts there are."""

    touches: int
    conversions: int


def fill(connection: psycopg.Connection[Any], customers: int) -> Written:
    """Write the facts of so many customers anew."""
    connection.execute(TABLES)
    psycopg.ClientCursor(connection).execute(CUSTOMERS, {"customers": customers})
    for statement in (TOUCHES, CONVERSIONS, INDEXES):
        connection.execute(statement)  # type: ignore[arg-type]
    counted = connection.execute(
        "select (select count(*) from marts.fct_touch), (select count(*) from marts.fct_conversion)"
    ).fetchone()
    assert counted is not None
    return Written(*counted)


def change(connection: psycopg.Connection[Any], turn: int) -> int:
    """Change the touches of another 1 % of the customers; gives how many versions are logged."""
    psycopg.ClientCursor(connection).execute(CHANGE, {"turn": turn})
    row = connection.execute("select count(*) from intermediate.fct_touch__changes").fetchone()
    assert row is not None
    return int(row[0])
