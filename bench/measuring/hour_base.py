"""A shop's bronze of two years, written by the database itself: the base of bench/hourly.py.

Nothing is drawn: every fact is a hash of a row's number (`bench.u`), so the same size gives the
same shop, and an hour can say whose cookie a number is without looking it up.
Of `touches` contacts 60 % are visits of the site, 32 % opens and clicks of letters, 3 % calls, the
rest chats, forms and till visits; 2.4 % of them are orders, 2 % till sales, 1.8 % leads and deals.
A quarter of all contacts is younger than 90 days; a cookie lives for days, and two in five log in.
Each day 4 to 60 campaigns of two networks cost something; visits carry their names.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import psycopg

from measuring.hour_tables import (
    ANONYMOUS,
    Rows,
    call_rows,
    cost_rows,
    either,
    letter_rows,
    order_rows,
    rest_rows,
    series,
    sessions,
    values,
)

# The end of the base in the shop's zone (Moscow); the hours follow it.
NOW = "timestamp '2026-06-01 12:00'"


@dataclass(frozen=True)
class Shop:
    """How many of each there are in a base of about `touches` contacts."""

    touches: int

    @property
    def counts(self) -> Mapping[str, int]:
        n = self.touches
        return {
            "people": n // 16, "cookies": n // 3, "sessions": n * 60 // 100,
            "orders": n * 24 // 1000, "recipients": n * 40 // 100, "reads": n * 22 // 100,
            "clicks": n * 4 // 100,
            "events": n * 6 // 100, "calls": n * 3 // 100, "activities": n * 3 // 100,
            "receipts": n * 2 // 100, "leads": n * 8 // 1000, "deals": n // 100, "postings": 104,
            "campaigns": min(60, max(4, n // 20_000)),
        }  # fmt: skip


def functions(shop: Shop) -> str:
    """What a number means: uniform luck, moments, whose cookie, texts."""
    c = shop.counts
    return f"""
    create schema if not exists bench;
    create or replace function bench.u(i bigint, salt int) returns float8
    language sql immutable parallel safe as
    'select (hashint8extended($1, $2) & 4503599627370495) / 4503599627370496.0::float8';
    create or replace function bench.at(i bigint, n bigint) returns timestamp
    language sql immutable parallel safe as
    $$select {NOW} - power(1 - $1 / $2::float8, 1.5) * interval '730 days'$$;
    -- The visitor of a visit: every second one is new, the others came some days ago.
    create or replace function bench.cookie(session bigint) returns bigint
    language sql immutable parallel safe as
    $$select 1 + floor(abs({c["cookies"] - 1} * ($1 / {c["sessions"]}.0::float8
        - 0.02 * greatest(0, -ln(1 - bench.u($1, 20)) - 0.6))))::bigint$$;
    -- Whose account a cookie logs in to, 0 for none; a few people have many cookies.
    create or replace function bench.account(cookie bigint) returns bigint
    language sql immutable parallel safe as
    $$select case when $1 % 5 < 2
        then 2 * ceil({c["people"] // 2} * power(1 - bench.u($1, 11), 1.4))::bigint else 0 end$$;
    create or replace function bench.phone(i bigint) returns text
    language sql immutable parallel safe as $$select '+79' || lpad($1::text, 9, '0')$$;
    create or replace function bench.email(i bigint) returns text
    language sql immutable parallel safe as $$select 'person' || $1 || '@mail.example'$$;
    create or replace function bench.person(i bigint, salt int) returns bigint
    language sql immutable parallel safe as
    $$select ceil({c["people"]} * (1 - bench.u($1, $2)))::bigint$$;
    """


def base_rows(shop: Shop) -> list[Rows]:
    """All of the base, tables in the order of a first load."""
    c = shop.counts
    people, order_session = series(1, c["people"]), "(i * 25 - 7)"
    numbers = {name: series(1, count) for name, count in c.items()}
    at = {name: f"bench.at(i, {count})" for name, count in c.items()}
    born = "bench.at(i, {})".format(c["people"])
    address = "case when i % 5 < 3 then bench.email(i) end"
    number = "case when i % 7 < 5 then bench.phone(i) end"
    return [
        Rows(
            "raw_bitrix.b_user",
            people,
            {"id": "i", "timestamp_x": born, "login": "'user' || i", "active": "'Y'",
             "email": address,
             "personal_phone": number, "date_register": born,
             "external_auth_id": f"case when i = {ANONYMOUS} then 'saleanonymous' end"},
            where=f"i % 2 = 0 or i = {ANONYMOUS}",
        ),
        Rows(
            "raw_bitrix.b_sale_fuser",
            numbers["cookies"],
            {"id": "i", "date_insert": at["cookies"], "date_update": at["cookies"],
             "user_id": "bench.account(i)", "code": "md5(i::text)"},
        ),
        Rows(
            "raw_bitrix.b_sale_order_props",
            series(1, 2),
            {"id": "i", "person_type_id": "1", "name": "'Contact'", "active": "'Y'",
             "is_email": "case i when 1 then 'Y' else 'N' end",
             "is_phone": "case i when 2 then 'Y' else 'N' end"},
        ),
        sessions(numbers["sessions"], "bench.cookie(i)", at["sessions"]),
        *order_rows(
            numbers["orders"],
            f"bench.cookie({order_session})",
            f"(bench.at({order_session}, {c['sessions']}) + interval '9 minutes')",
        ),
        Rows(
            "raw_crm.contact",
            people,
            {"id": "i", "name": "'Name'", "date_create": f"{born} at time zone 'Europe/Moscow'",
             "date_modify": f"{born} at time zone 'Europe/Moscow'",
             "phone": values(f"({number})"), "email": values(f"({address})"),
             "uf": either("i % 4 = 0", "jsonb_build_object('UF_SITE_MEMBER_ID', i)", "'{}'")},
            where="i % 3 = 0",
        ),
        Rows(
            "raw_subscribe.b_sender_contact",
            people,
            {"id": "i", "date_insert": born, "type_id": "1", "code": "bench.email(i)",
             "user_id": "case when i % 2 = 0 then i else 0 end"},
            where="i % 5 < 3",
        ),
        Rows(
            "raw_subscribe.b_sender_posting",
            numbers["postings"],
            {"id": "i", "mailing_id": "i % 12", "status": "'S'",
             "date_create": at["postings"], "date_sent": at["postings"]},
        ),
        Rows(
            "raw_subscribe.b_sender_posting_recipient",
            numbers["recipients"],
            {"id": "i", "posting_id": "1 + i % 104", "status": "'N'",
             "contact_id": "bench.person(i, 51) / 5 * 5 + i % 3", "is_read": "'N'",
             "date_sent": at["recipients"]},
        ),
        *letter_rows(numbers["reads"], numbers["clicks"], c["recipients"], at["reads"]),
        call_rows(numbers["calls"], at["calls"]),
        *rest_rows(numbers, at, c["orders"]),
        Rows(
            "raw_loyalty.bl_loyalty_account",
            people,
            {"id": "i", "user_id": "case when i % 2 = 0 then i else 0 end", "balance": "0",
             "card_number": "(i + 770000000)::text", "created_at": born},
            where="i % 11 = 0",
        ),
        cost_rows(c["campaigns"], f"{NOW}::date", 730),
    ]  # fmt: skip


def write(connection: psycopg.Connection[Any], rows: Rows, after: int) -> int:
    """Append rows as arrivals after number `after`; gives how many."""
    columns = ", ".join(f'"{name}"' for name in rows.columns)
    values = ",\n    ".join(rows.columns.values())
    return connection.execute(
        f"""
        insert into {rows.table}
            ({columns}, _seq, _loaded_at, _batch_id, _row_hash, _deleted)
        select {values}, {after} + row_number() over (), clock_timestamp(), 0,
            md5(i::text)::uuid, false
        from {rows.source}
        where {rows.where}
        """
    ).rowcount


def landed(connection: psycopg.Connection[Any], seq: int) -> None:
    """Record that everything up to arrival `seq` has been landed."""
    connection.execute(
        """
        insert into ops.batch (source, table_name, mode, rows_in, rows_new, rows_changed,
            rows_unchanged, rows_repeated, rows_deleted, rows_quarantined, max_seq, seconds)
        values ('bench', 'bench', 'part', 0, 0, 0, 0, 0, 0, 0, %s, 0)
        """,
        [seq],
    )


def fill(connection: psycopg.Connection[Any], shop: Shop) -> int:
    """Write the base; gives the last arrival number."""
    connection.execute(functions(shop))
    seq = 0
    for rows in base_rows(shop):
        seq += write(connection, rows, seq)
    connection.execute("analyze")
    landed(connection, seq)
    return seq
