"""The hour after a base of bench/hourly.py: some 20,000 arrivals as a landing would leave them.

Nine arrivals in twenty are visits, half of them by young cookies and 5 % up to 30 days late; the
rest new cookies, a fifth of them of old customers, anonymous cookies that log in for the first time
and so move their history, letters, calls, CRM rows, till receipts, orders, and new versions of old
rows: status changes, payments, yesterday's cost and one older day's, and tombstones.
"""

from collections.abc import Mapping
from typing import Any

import psycopg

from measuring.hour_base import NOW, Shop, landed, write
from measuring.hour_tables import (
    Rows,
    call_rows,
    letter_rows,
    once,
    order_rows,
    rest_rows,
    series,
    sessions,
    values,
)
from omni_pipeline.sources.catalog import tables_of

# New rows of each kind in an hour of 20,000 (calls have up to ten events).
NEW: Mapping[str, int] = {
    "cookies": 2_600, "sessions": 9_040, "orders": 240, "reads": 2_400, "clicks": 300,
    "events": 600, "calls": 160, "activities": 160, "receipts": 180, "leads": 80, "deals": 60,
}  # fmt: skip
# New versions of standing rows of each kind.
REVISED: Mapping[str, int] = {
    "cookies": 150, "read_recipients": 900, "orders": 280, "payments": 120, "leads": 50,
    "deals": 40, "sessions": 300, "contacts": 40, "deleted_orders": 10, "deleted_leads": 5,
}  # fmt: skip
ROWS = 20_000
YOUNG = 6_000  # cookies that come back: as many on every base, so that hours are alike


class Hours:
    """Writes hour after hour onto one base."""

    def __init__(self, connection: psycopg.Connection[Any], shop: Shop, seq: int) -> None:
        self.connection = connection
        self.shop = shop
        self.seq = seq
        self.hour = 0

    def write(self, rows: int = ROWS) -> int:
        """Write the next hour with about that many arrivals; gives how many."""
        self.hour += 1
        before = self.seq
        new = {kind: max(1, count * rows // ROWS) for kind, count in NEW.items()}
        revised = {kind: max(1, count * rows // ROWS) for kind, count in REVISED.items()}
        with self.connection.transaction():
            for part in self._new(new):
                self.seq += write(self.connection, part, self.seq)
            for table, picked, changes in self._revised(revised):
                self._revise(table, picked, changes)
            landed(self.connection, self.seq)
        return self.seq - before

    def _numbers(self, kind: str, count: int) -> str:
        # An hour's numbers lie behind those of the base and of the hours before.
        first = self.shop.counts[kind] + self.hour * 100_000
        return series(first, first + count - 1)

    def _new(self, new: Mapping[str, int]) -> list[Rows]:
        counts = self.shop.counts
        numbers = {kind: self._numbers(kind, count) for kind, count in new.items()}
        now = f"({NOW} + ({self.hour - 1} + bench.u(i, 90)) * interval '1 hour')"
        late = (
            f"({now} - case when i % 20 = 7 then bench.u(i, 91) * 30 else 0 end * interval '1 day')"
        )
        fresh = counts["cookies"] + self.hour * 100_000
        # Half by cookies of this hour, half by young ones.
        cookie = f"""case when i % 2 = 0
            then {fresh} + floor(bench.u(i, 92) * {new["cookies"]})::bigint
            else {counts["cookies"]} - floor(
                {min(counts["cookies"] // 5, YOUNG)} * power(bench.u(i, 93), 2))::bigint end"""
        return [
            Rows(
                "raw_bitrix.b_sale_fuser",
                once(numbers["cookies"], t=now),
                {
                    "id": "i", "date_insert": "t", "date_update": "t", "code": "md5(i::text)",
                    "user_id": "case when i % 5 = 0 then bench.account(i) else 0 end",
                },
            ),
            sessions(numbers["sessions"], cookie, late),
            *order_rows(numbers["orders"], cookie, now),
            *letter_rows(numbers["reads"], numbers["clicks"], counts["recipients"], now),
            call_rows(numbers["calls"], now),
            *rest_rows(numbers, dict.fromkeys(numbers, now), counts["orders"]),
        ]  # fmt: skip

    def _revised(self, count: Mapping[str, int]) -> list[tuple[str, str, dict[str, str]]]:
        """Table, ids (of cost: days) whose standing rows get a new version, what changes there."""
        sizes = self.shop.counts
        n = f"{self.hour} * 7919"

        def upto(wanted: int) -> str:
            return f"generate_series(1, {wanted}) as k"

        def young(kind: str, wanted: int, share: int = 50) -> str:
            """Numbers among the youngest of a kind."""
            span = max(wanted, sizes[kind] // share)
            return f"select {sizes[kind]} - (k * 7 + {n}) % {span} from {upto(wanted)}"

        hundredth = max(1, sizes["cookies"] // 100)
        order = {"date_update": f"{NOW} + {self.hour} * interval '1 hour'"}
        modified = {
            "date_modify": f"({NOW} + {self.hour} * interval '1 hour') at time zone 'Europe/Moscow'"
        }
        return [
            # The first login of an anonymous cookie: its past now belongs to the account.
            (
                "raw_bitrix.b_sale_fuser",
                f"select 5 * ({sizes['cookies'] // 5} - (k * 3 + {n}) % {hundredth}) + 2"
                f" from {upto(count['cookies'])}",
                {"user_id": "2 * ceil(bench.u(id, 94) * {})::bigint".format(sizes["people"] // 2)},
            ),
            (
                "raw_bitrix.bl_web_session",
                young("sessions", count["sessions"], 5_000),
                {"hits": "hits + 1"},
            ),
            (
                "raw_subscribe.b_sender_posting_recipient",
                young("recipients", count["read_recipients"]),
                {"is_read": "'Y'"},
            ),
            (
                "raw_bitrix.b_sale_order",
                young("orders", count["orders"]),
                {
                    "status_id": "'F'", "payed": "'Y'", "sum_paid": "price", **order,
                    "canceled": "case when id % 9 = 0 then 'Y' else canceled end",
                },
            ),
            (
                "raw_bitrix.b_sale_order_payment",
                f"select 2 * n from ({young('orders', count['payments'])}) as paid (n)",
                {"paid": "'Y'", "date_paid": order["date_update"]},
            ),
            (
                "raw_crm.lead",
                young("leads", count["leads"]),
                {"status_semantic_id": "'S'", **modified},
            ),
            (
                "raw_crm.deal",
                young("deals", count["deals"]),
                {"opportunity": "opportunity + 100", **modified},
            ),
            (
                "raw_crm.contact",
                f"select 3 * ((k * 11 + {n}) % {max(1, sizes['people'] // 3)} + 1)"
                f" from {upto(count['contacts'])}",
                {
                    "phone": f"phone || {values('bench.phone(id)')}",
                    **modified,
                },
            ),
            # Networks restate yesterday, and now and then a day of the month before.
            (
                "raw_ads.campaign_cost",
                f"select {NOW}::date - ago from (values (1), (2 + {self.hour} % 28)) as day (ago)",
                {"cost": "cost + 10", "clicks": "clicks + 1"},
            ),
            ("raw_bitrix.b_sale_order", young("orders", count["deleted_orders"], 10), {}),
            ("raw_crm.lead", young("leads", count["deleted_leads"], 10), {}),
        ]  # fmt: skip

    def _revise(self, table: str, picked: str, changes: Mapping[str, str]) -> None:
        """Close the standing versions of some rows and append changed ones, or tombstones."""
        schema, name = table.split(".")
        declared = next(t for t in tables_of(schema.removeprefix("raw_")) if t.name == name)
        columns, key = list(declared.stored_columns), ", ".join(declared.key)
        listed = ", ".join(f'"{column}"' for column in columns)
        values = ", ".join(changes.get(column, f'"{column}"') for column in columns)
        run = self.connection.execute
        run("drop table if exists pg_temp.revised")
        run(
            f"create temporary table revised as"
            f" select {self.seq} + row_number() over (order by {key}) as new_seq, * from {table}"
            f" where {declared.key[-1]} in ({picked}) and _next_seq is null and not _deleted"
        )
        run(
            f"update {table} as old set _next_seq = new_seq from revised"
            " where old._seq = revised._seq"
        )
        self.seq += run(
            f"""
            insert into {table} ({listed}, _seq, _loaded_at, _batch_id, _row_hash, _deleted)
            select {values}, new_seq, clock_timestamp(), 0, md5(new_seq::text)::uuid,
                {"false" if changes else "true"}
            from revised
            """
        ).rowcount
