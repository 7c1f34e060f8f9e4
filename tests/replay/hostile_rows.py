"""Rows with one hostile value each, which replaces a column of a random shop's row.

The shop is a `World`; tables that it leaves empty have a row told here.
"""

import random
from collections.abc import Mapping
from typing import Any

from omni_pipeline.bronze import BronzeTable
from tests.replay.hostile_values import Values
from tests.replay.identifiers import email, number
from tests.replay.sources import TABLES, Address, Row
from tests.replay.worlds import World

FIRST_KEY = 70_000_000_000  # above all bands
LONGEST_KEY = 1_000  # characters; what no index row can hold is told of in tests of the landing
# Dictionaries, whose small ids mean the same to the good shops.
OF_ALL_SHOPS = (
    "raw_bitrix.b_sale_order_props", "raw_crm.status", "raw_crm.category", "raw_crm.currency",
    "raw_crm.user",
)  # fmt: skip
DAY = "2026-03-04 10:00:00"


def _told(seed: int) -> dict[Address, Row]:
    """Rows of tables that a World does not fill."""
    one = number(seed, 1)
    return {
        "raw_bitrix.b_sale_order_props": {
            "id": FIRST_KEY - 1, "person_type_id": 1, "name": "Почта", "code": "HOSTILE",
            "is_email": "N", "is_phone": "N", "is_payer": "N", "active": "Y", "type": "STRING",
        },
        "raw_bitrix.b_sale_order_change": {
            "id": 1, "order_id": one, "type": "ORDER_STATUS_CHANGED", "date_create": DAY,
            "data": 'a:1:{s:9:"STATUS_ID";s:1:"F";}', "date_modify": DAY, "user_id": one,
        },
        "raw_bitrix.b_stat_session": {
            "id": 1, "guest_id": one, "user_id": 0, "url_from": "https://ya.ru/", "hits": 2,
            "url_to": "https://shop.example/?utm_source=a", "date_first": DAY, "date_last": DAY,
        },
        "raw_crm.status": {
            "id": FIRST_KEY - 1, "entity_id": "SOURCE", "status_id": "HOSTILE", "name": "Авито",
            "sort": 1, "semantics": None, "category_id": 0, "payload": {},
        },
        "raw_crm.category": {
            "id": FIRST_KEY - 1, "name": "Опт", "sort": 1, "is_default": "N", "payload": {},
        },
        "raw_crm.currency": {
            "currency": "KZT", "full_name": "Тенге", "amount": 19.4, "amount_cnt": 100, "base": "N",
            "sort": 1, "date_update": DAY,
        },
        "raw_crm.product_rows": {
            "owner_id": one, "date_modify": DAY,
            "rows": [{"ID": "1", "PRODUCT_ID": "5", "PRICE": 100.5, "QUANTITY": 1}],
        },
        "raw_crm.requisite": {
            "id": 1, "entity_type_id": 4, "entity_id": one, "rq_inn": "7700000001",
            "rq_kpp": "770001001", "date_create": DAY, "date_modify": None,
        },
        "raw_crm.user": {
            "id": FIRST_KEY - 1, "active": "True", "name": "Анна", "last_name": "Юдина",
            "second_name": "", "work_position": "", "uf_department": [1], "uf_phone_inner": "211",
        },
        "raw_esp.sendpulse_campaign": {
            "id": 1, "name": "Spring", "status": 3, "send_date": DAY, "payload": {},
        },
        "raw_subscribe.b_sender_posting_unsub": {
            "id": 1, "posting_id": one, "recipient_id": one, "date_insert": DAY,
        },
        "raw_subscribe.b_subscription": {
            "id": 1, "date_insert": DAY, "date_update": DAY, "user_id": one, "active": "Y",
            "email": email(seed, 3), "confirmed": "Y", "date_confirm": DAY,
        },
        "raw_subscribe.b_posting": {
            "id": 1, "timestamp_x": DAY, "status": "S", "date_sent": DAY, "subject": "Акция",
        },
        "raw_subscribe.b_posting_email": {
            "id": 1, "posting_id": 1, "status": "N", "email": email(seed, 3), "user_id": one,
        },
    }  # fmt: skip


class HostileShop:
    """A shop of one seed and, in `batch`, its rows with a hostile value each."""

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self.chance = random.Random(seed)
        self._values = Values(self.chance)
        self.world = World(seed)
        self.world.grow(200)
        self.world.counts_visits = True
        # Rows of an archive, and some others, come late or vanish again.
        while self.rows().keys() < TABLES.keys():
            self.world.grow(100)
        self._key = FIRST_KEY

    def rows(self) -> dict[Address, list[Row]]:
        """The shop as it is, before anything hostile."""
        held = {table: list(rows.values()) for table, rows in self.world.state.items() if rows}
        return {**{table: [row] for table, row in _told(self.seed).items()}, **held}

    def batch(self, values: int) -> dict[Address, list[Row]]:
        """For each column of each table so many rows with a hostile value, good but for that.

        Of documents there are few columns and many shapes: three times as many.
        """
        base = self.rows()
        return {
            address: [
                self._row(table, self.chance.choice(base[address]), column, self._values.of(kind))
                for column, kind in table.stored_columns.items()
                if address not in OF_ALL_SHOPS or column not in table.key
                for _ in range(3 * values if kind == "jsonb" else values)
            ]
            for address, table in TABLES.items()
        }

    def _row(self, table: BronzeTable, good: Mapping[str, Any], column: str, value: Any) -> Row:
        row = dict(good)
        self._key += 1
        for name in table.key:
            kind = table.stored_columns[name]
            if kind in ("bigint", "text") and name not in ("entity_type_id", "provider", "network"):
                row[name] = self._key if kind == "bigint" else f"{good[name]}-{self._key}"
                break
        if isinstance(value, str) and column in _indexed(table):
            value = value[:LONGEST_KEY]
        return row | {column: value}


def _indexed(table: BronzeTable) -> set[str]:
    return {*table.key, *(column for index in table.indexes for column in index)}
