"""Facts that change at random, for tests that compare what follows from them with a rebuild."""

import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
from psycopg import sql

from tests.integration.journey.facts import Row


class Story:
    """Facts that change at random: `touches` and `conversions` by key, told to a warehouse."""

    MOMENTS = (
        *("2026-01-31 20:59:59.999999+00", "2026-01-31 21:00:00+00", "2026-02-01 00:00:00+00"),
        *("2026-02-28 21:00:00+00", "2026-03-01 10:00:00+00", "2026-03-01 10:59:59.999999+00"),
        *("2026-03-01 11:00:00+00", "2026-05-30 10:00:00+00", "2026-05-30 10:00:00.000001+00"),
    )

    def __init__(self, seed: int, people: int = 9) -> None:
        self.chance = random.Random(seed)
        self.customers = [f"{n:08d}-0000-0000-0000-000000000000" for n in range(1, people + 1)]
        self.touches: dict[str, Row] = {}
        self.conversions: dict[str, Row] = {}
        self.count = 0

    def moment(self) -> str:
        """Often one of a few, so that events meet at one instant or at an edge."""
        if self.chance.random() < 0.5:
            return self.chance.choice(self.MOMENTS)
        start = datetime(2026, 1, 1, tzinfo=UTC)
        return str(start + timedelta(minutes=self.chance.randint(0, 150 * 24 * 60)))

    def customer(self) -> str | None:
        """Somebody, or nobody known."""
        return self.chance.choice([*self.customers, None])

    def add_touch(self) -> None:
        """One more touch."""
        choice = self.chance.choice
        self.count += 1
        key = f"t{self.count}"
        kind = choice(
            [
                "web_session",
                "web_session",
                "call",
                "email_open",
                "email_click",
                "chat",
                "crm_source",
            ]
        )
        channel = choice(["Direct", "Email", "Paid Search", "Other traffic / Call"])
        self.touches[key] = {
            "touch_id": key, "customer_uuid": self.customer(), "at": self.moment(),
            "touch_type": kind, "source": choice(["yandex", "(none)", None]),
            "medium": choice(["cpc", "call", None]), "campaign": choice(["sale", None]),
            "channel": channel,
            "is_direct": channel == "Direct", "is_on_path": self.chance.random() < 0.8,
            "direction": choice(["in", "out", None]), "is_answered": choice([True, False, None]),
            "is_machine": choice([True, False]), "brand": choice(["main", "second"]),
            "region": "(unknown)", "source_priority": choice([1, 3, 4]),
            "rule_id": choice(["call_trunk", "call_other"]),
            "about": choice([None, "1", "2", "a1", "deal:1", "deal:2"]),
        }  # fmt: skip

    def add_conversion(self) -> None:
        """One more conversion."""
        choice = self.chance.choice
        self.count += 1
        kind = choice(["order", "order", "lead", "deal", "receipt"])
        key = f"{kind}:{self.count}"
        self.conversions[key] = {
            "conversion_id": key, "kind": kind, "customer_uuid": self.customer(),
            "at": self.moment(), "is_paid": choice([True, False]),
            "status": choice(["CONVERTED", "N", "JUNK"]), "is_first": choice([True, False]),
            "margin_kopecks": choice([None, 0, 33, -2]),
            "is_cancelled": self.chance.random() < 0.2,
            "revenue_kopecks": choice([0, 1, 101, 99_999, -5]), "refund_kopecks": choice([0, 7]),
            "brand": choice(["main", "second"]), "region": "(unknown)",
            "order_id": choice([None, 1, 2]), "order_number": choice([None, "A1", "2"]),
            "deal_id": choice([None, 1, 2]), "opened_at": self.moment(),
        }  # fmt: skip

    def _some(self, rows: dict[str, Row]) -> Row:
        return rows[self.chance.choice(sorted(rows))]

    def change(self) -> None:
        """One thing happens: a fact comes, goes, or is another; or two customers become one."""
        chance, choice = self.chance, self.chance.choice
        edits: tuple[Callable[[], Any], ...] = (
            self.add_touch,
            self.add_conversion,
            lambda: self.touches.pop(self._some(self.touches)["touch_id"]),
            lambda: self.conversions.pop(self._some(self.conversions)["conversion_id"]),
            lambda: self._some(self.touches).update(at=self.moment()),
            lambda: self._some(self.touches).update(customer_uuid=self.customer()),
            lambda: self._some(self.touches).update(channel="Referral", is_direct=False),
            lambda: self._some(self.touches).update(is_on_path=chance.random() < 0.5),
            lambda: self._some(self.touches).update(about=choice([None, "1", "a1", "deal:2"])),
            lambda: self._some(self.conversions).update(order_number=choice([None, "1", "A1"])),
            lambda: self._some(self.conversions).update(opened_at=self.moment()),
            lambda: self._some(self.conversions).update(at=self.moment()),
            lambda: self._some(self.conversions).update(customer_uuid=self.customer()),
            lambda: self._some(self.conversions).update(revenue_kopecks=chance.randint(-9, 999)),
            lambda: self._some(self.conversions).update(margin_kopecks=choice([None, 7, -1])),
            lambda: self._some(self.conversions).update(brand=choice(["main", "second"])),
            lambda: self._some(self.conversions).update(is_first=chance.random() < 0.5),
            lambda: self._some(self.conversions).update(is_cancelled=chance.random() < 0.5),
            lambda: self._some(self.conversions).update(is_paid=chance.random() < 0.5),
            self._merge,
        )
        chance.choice(edits)()

    def _merge(self) -> None:
        kept, lost = self.chance.sample(self.customers, 2)
        for row in (*self.touches.values(), *self.conversions.values()):
            if row["customer_uuid"] == lost:
                row["customer_uuid"] = kept

    def tell(self, url: str) -> None:
        """What the facts are from now on."""
        told = {
            "touch": list(self.touches.values()),
            "conversion": list(self.conversions.values()),
            "customer": [{"customer_uuid": customer} for customer in self.customers],
        }
        with psycopg.connect(url) as connection:
            for name, rows in told.items():
                table = sql.Identifier("told", name)
                connection.execute(sql.SQL("delete from {}").format(table))
                names = list(rows[0])
                connection.cursor().executemany(
                    sql.SQL("insert into {} ({}) values ({})").format(
                        table,
                        sql.SQL(", ").join(map(sql.Identifier, names)),
                        sql.SQL(", ").join(map(sql.Placeholder, names)),
                    ),
                    rows,
                )
