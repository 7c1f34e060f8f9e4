"""An invented shop as observations of identity, made inside the database.

Per customer about four identifiers and three links between them: cookies (Pareto, 1.9), account,
CRM contact, lead, card, phone, e-mail. On top what makes identity hard: phones shared by a few,
hubs (an office number on thousands of records, over every limit), chains of 60 to 5,000
identifiers, and one observation in ten seen twice. The same seed gives the same shop.
"""

from typing import Any

import psycopg

IDENTIFIERS_PER_CUSTOMER = 4.4

CUSTOMERS = """
select setseed(0.42);
create temporary table person as
select
    i,
    random() < 0.5 as has_user, random() < 0.45 as has_contact, random() < 0.25 as has_lead,
    random() < 0.15 as has_card, random() < 0.75 as has_phone, random() < 0.55 as has_email,
    least(floor(power(1 - random(), -1 / 1.9)), 200)::int as cookies,
    -- One in two hundred uses the phone of a neighbour.
    case when random() < 0.005 then greatest(i - 1 - floor(random() * 5)::int, 1) else i end
        as phone
from generate_series(1, %(customers)s) as i;

create temporary table cookie as
select row_number() over () as f, i, has_user, has_phone, phone, random() as luck
from person cross join lateral generate_series(1, cookies);

create unlogged table link (rule text, a_type text, a bigint, b_type text, b bigint);
insert into link
select case when has_user and luck < 0.85 then 'login' else 'web_session' end, 'FUSER', f,
    case when has_user and luck < 0.85 then 'USER' when not has_user and has_phone and luck < 0.2
        then 'PHONE' end,
    case when has_user and luck < 0.85 then i when not has_user and has_phone and luck < 0.2
        then phone end
from cookie;
insert into link
select rule, a_type, a, b_type, b
from person cross join lateral (
    values
    ('site_user_email', 'USER', i, 'EMAIL', i, has_user and has_email),
    ('site_user_phone', 'USER', i, 'PHONE', phone, has_user and has_phone),
    ('contact_phone', 'CONTACT', i, 'PHONE', phone, has_contact and has_phone),
    ('contact_email', 'CONTACT', i, 'EMAIL', i, has_contact and has_email),
    ('contact_site_user', 'CONTACT', i, 'USER', i, has_contact and has_user and i %% 3 = 0),
    ('lead_phone', 'LEAD', i, 'PHONE', phone, has_lead and has_phone),
    ('lead_email', 'LEAD', i, 'EMAIL', i, has_lead and has_email),
    ('lead_contact', 'LEAD', i, 'CONTACT', i, has_lead and has_contact),
    ('card_user', 'CARD', i, 'USER', i, has_card and has_user),
    ('receipt_card_phone', 'CARD', i, 'PHONE', phone, has_card and has_phone),
    ('guest_order', 'EMAIL', i, 'PHONE', phone, has_email and has_phone),
    ('site_user_email', 'USER', i, null, null, has_user and not has_email and not has_phone),
    ('call_number', 'PHONE', phone, null, null, has_phone),
    ('card', 'CARD', i, null, null, has_card),
    ('contact_email', 'CONTACT', i, null, null, has_contact and not has_phone)
) as seen (rule, a_type, a, b_type, b, holds)
where holds;

-- Hubs: phones far beyond the customers' own numbers.
insert into link
select 'order_phone', 'USER', 1 + (n * 7919 + hub * 104729) %% %(customers)s, 'PHONE',
    %(customers)s + hub
from generate_series(1, %(hubs)s) as hub
cross join lateral generate_series(
    1, case when hub <= 6 then %(customers)s / 500 else 8 + hub %% 190 end
) as n;
-- Chains: account, phone, account, phone, …; no phone has more than two accounts.
insert into link
select 'site_user_phone', 'USER', 2 * %(customers)s + 10000 * chain + n, 'PHONE',
    2 * %(customers)s + 10000 * chain + n + step
from generate_series(1, %(chains)s) as chain
cross join lateral generate_series(1, case when chain = 1 then 2500 else 30 + 10 * chain end) as n
cross join generate_series(0, 1) as step;
insert into link select * from link where random() < 0.1;
"""

# How a number is written as a value of its type.
VALUE = """case {type}
    when 'PHONE' then '+79' || lpad({number}::text, 9, '0')
    when 'EMAIL' then 'person' || {number} || '@mail.example'
    else {number}::text
end"""

OBSERVE = f"""
insert into intermediate.int_identity__observations
    (_seq, rule, a_type, a_value, b_type, b_value, source_table, source_key, observed_at)
select
    %(after)s + row_number() over (order by random()), rule,
    a_type, {VALUE.format(type="a_type", number="a")},
    b_type, {VALUE.format(type="b_type", number="b")},
    'bench', a::text, timestamptz '2026-01-01' + a * interval '1 second'
from link
"""

# An hour of 20,000 rows: 15,000 repeats and 5,000 new links. Of these 3,500 bring a new cookie to
# an account, 1,440 join two customers and 60 put five accounts more on each of 12 phones.
HOUR = """
insert into intermediate.int_identity__observations
    (_seq, rule, a_type, a_value, b_type, b_value, source_table, source_key, observed_at)
with sampled as materialized (
    select rule, a_type, a_value, b_type, b_value
    from intermediate.int_identity__observations
    tablesample system (%(percent)s) repeatable (%(hour)s)
),
repeated as (
    select * from sampled where b_type is not null limit 15000
),
account as (
    select a_value as value, row_number() over (order by md5(a_value)) as n
    from sampled where rule = 'site_user_email'
),
phone as (
    select b_value as value, row_number() over (order by md5(b_value)) as n
    from sampled where rule = 'contact_phone'
),
new as (
    select * from repeated
    union all
    select 'login', 'FUSER', (1000000000::bigint * %(hour)s + n)::text, 'USER', value
    from account where n <= 3500
    union all
    select 'order_phone', 'USER', account.value, 'PHONE', phone.value
    from account inner join phone on account.n - 3500 = phone.n where phone.n <= 1440
    union all
    select 'order_phone', 'USER', account.value, 'PHONE', phone.value
    from account inner join phone on (account.n - 4941) / 5 = phone.n - 1441
    where account.n > 4940 and phone.n between 1441 and 1452
)
select %(after)s + row_number() over (order by rule, a_value, b_value), rule,
    a_type, a_value, b_type, b_value, 'bench', a_value,
    timestamptz '2026-11-01' + %(hour)s * interval '1 hour'
from new
"""


def fill(connection: psycopg.Connection[Any], identifiers: int) -> int:
    """Write the observations of a shop with about that many identifiers; gives the last _seq."""
    customers = int(identifiers / IDENTIFIERS_PER_CUSTOMER)
    cursor = psycopg.ClientCursor(connection)
    cursor.execute(
        CUSTOMERS,
        {"customers": customers, "hubs": 6 + customers // 5000, "chains": 1 + customers // 25_000},
    )
    cursor.execute(OBSERVE, {"after": 0})
    row = connection.execute(
        "select max(_seq) from intermediate.int_identity__observations"
    ).fetchone()
    assert row is not None
    return int(row[0])


def hour(connection: psycopg.Connection[Any], number: int, after: int) -> int:
    """Write one hour's observations after arrival `after`; gives how many."""
    row = connection.execute(
        "select reltuples from pg_class"
        " where oid = 'intermediate.int_identity__observations'::regclass"
    ).fetchone()
    assert row is not None
    # Enough of a sample to hold 5,000 e-mails of accounts (6 % of the rows).
    percent = min(100.0, 100 * 150_000 / max(row[0], 1))
    cursor = psycopg.ClientCursor(connection)
    cursor.execute(HOUR, {"percent": percent, "hour": number, "after": after})
    return cursor.rowcount
