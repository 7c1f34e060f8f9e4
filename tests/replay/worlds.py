"""Small random shops: what the sources hold, and how it changes from batch to batch.

Everything follows from a world's seed. The changes are those that make identity hard (values shared
by strangers, hubs that fill up until they cross a limit, contacts bound to another address) and
those that make a journey hard: calls told bit by bit, parts of one story that come in any order,
times and money corrected later, days of advertising restated, orders moved to another account, rows
that come late, twice, or disappear and come back, equal and missing times.
"""

import random
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import psycopg

from omni_pipeline.bronze.landing import land
from tests.replay.adverts import Adverts
from tests.replay.backoffice import BackOffice
from tests.replay.mail import Mail
from tests.replay.money import (
    ADDRESS_PROPERTY,
    CODES,
    EMAIL_PROPERTY,
    GIFT_PROPERTY,
    LATER_PHONE_PROPERTY,
    LOCATION_PROPERTY,
    NAME_PROPERTY,
    PHONE_PROPERTY,
    RECIPIENT_PROPERTY,
)
from tests.replay.office import Office
from tests.replay.site import Site
from tests.replay.sources import SALEANONYMOUS, TABLES, Address, Row
from tests.replay.traffic import Traffic
from tests.replay.wares import Wares


@dataclass(frozen=True)
class Landing:
    """One call of `land`: with `complete`, `rows` is all the source holds."""

    table: Address
    rows: list[Row]
    complete: bool = False


class World(Site, Office, Traffic, Mail, Wares, Adverts, BackOffice):
    """One shop. `grow(n)` does n things to it; `take()` gives the versions of one batch."""

    def __init__(self, seed: int) -> None:
        super().__init__(seed)
        self._put("raw_bitrix.b_user", self._user(SALEANONYMOUS, "saleanonymous"))

    def grow(self, actions: int) -> None:
        """Do so many random things."""
        possible = (
            (self._register, 4), (self._edit_user, 2), (self._verify, 3), (self._login, 3),
            (self._tell_source, 1),
            (self._forget_cookie, 2), (self._contact, 4), (self._rebind_contact, 3),
            (self._lead, 4), (self._edit_lead, 3), (self._card, 2), (self._company, 1),
            (self._edit_company, 1), (self._product_rows, 2), (self._delete, 4),
            (self._restore, 2), (self._visit, 6), (self._edit_visit, 3), (self._call, 3),
            (self._call_goes_on, 3), (self._correct_call, 1), (self._activity, 3),
            (self._crm_call, 2), (self._edit_activity, 2),
            (self._subscribe, 2), (self._edit_subscriber, 1), (self._send, 2),
            (self._edit_mailing, 1), (self._react, 3), (self._edit_reaction, 1),
            (self._provider_event, 2), (self._edit_event, 1), (self._delivery, 2),
            (self._letter, 1), (self._newsletter, 2), (self._edit_cart, 4),
            (self._order, 5), (self._edit_order, 5), (self._pay, 2), (self._edit_payment, 1),
            (self._deal, 3), (self._edit_deal, 2), (self._stage, 1), (self._edit_stage, 1),
            (self._receipt, 3), (self._edit_receipt, 2), (self._archive, 1), (self._points, 1),
            (self._edit_points, 1), (self._cost, 4), (self._restate, 3), (self._rename, 2),
            (self._line, 5), (self._edit_line, 2), (self._section, 2), (self._element, 3),
            (self._purchase_price, 2), (self._product_cost, 2),
            (self._place, 2), (self._destination, 4), (self._export, 4), (self._export_again, 2),
        )  # fmt: skip
        actions_of, weights = zip(*possible, strict=True)
        for action in self.chance.choices(actions_of, weights, k=actions):
            action()


PROPERTIES = [
    {"id": EMAIL_PROPERTY, "code": "EMAIL", "is_email": "Y", "is_phone": "N"},
    {"id": PHONE_PROPERTY, "code": "PHONE", "is_email": "N", "is_phone": "Y"},
    # Somebody marks this one as a phone later: all its old values become phones at once.
    {"id": LATER_PHONE_PROPERTY, "code": "EXTRA", "is_email": "N", "is_phone": "N"},
    {"id": RECIPIENT_PROPERTY, "code": CODES[RECIPIENT_PROPERTY], "is_email": "N", "is_phone": "Y"},
    {"id": GIFT_PROPERTY, "code": CODES[GIFT_PROPERTY], "is_email": "N", "is_phone": "N"},
    {"id": LOCATION_PROPERTY, "code": "PLACE", "type": "LOCATION", "is_email": "N"},
    {"id": ADDRESS_PROPERTY, "code": "ADDRESS", "type": "STRING", "is_email": "N"},
    {"id": NAME_PROPERTY, "code": "FIO", "is_email": "N", "is_phone": "N", "is_payer": "Y"},
]


def properties(batch: int) -> Landing:
    """The order properties of all worlds as of a batch."""
    rows = [dict(row) for row in PROPERTIES]
    # The mark is set in the third batch, taken away in the seventh, and so on.
    if batch % 8 in (2, 3, 4, 5):
        rows[2]["is_phone"] = "Y"
    return Landing("raw_bitrix.b_sale_order_props", rows, complete=True)


# Own sources of the CRM: one has another name now and then, one is taken out of the dictionary.
STAGES = (("NEW", None), ("OFFER", None), ("TERMS", None), ("WON", "S"), ("LOSE", "F"))
SOURCES = (("CALL", "Звонок"), ("UC_1", "Авито"), ("UC_2", "Акция"), ("1|TELEGRAM", "Telegram"))


def dictionary(batch: int) -> Landing:
    """The sources of all worlds' CRM as of a batch."""
    rows: list[Row] = [
        {"id": n, "entity_id": "SOURCE", "status_id": code, "name": name, "sort": n}
        for n, (code, name) in enumerate(SOURCES, start=1)
    ]
    if batch % 4 in (1, 2):
        rows[1]["name"] = "Сайт"
    if batch % 4 == 2:
        rows[2]["status_id"] = "UC_3"
    return Landing("raw_crm.status", [*rows[: 4 - batch % 2], *stages(batch)], complete=True)


def stages(batch: int) -> list[Row]:
    """Stages of the deals of all worlds: they change places and names, one is there at times."""
    return [
        {"id": 100 * place + n, "entity_id": entity, "status_id": code, "semantics": said,
         "name": f"{code}, {batch % 3}" if code == "OFFER" else code,
         "sort": 10 * n if batch % 4 < 3 else -n}
        for place, entity in enumerate(("DEAL_STAGE", "DEAL_STAGE_5"), start=1)
        for n, (code, said) in enumerate(STAGES, start=1)
        if code != "OFFER" or place == 1 or batch % 3
    ]  # fmt: skip


def office(batch: int) -> list[Landing]:
    """Pipelines and staff of all worlds' CRM as of a batch: names change, a manager leaves."""
    return [
        Landing(
            "raw_crm.category",
            [{"id": 0, "name": "Общая", "is_default": "Y"},
             {"id": 5, "name": f"Опт {batch % 2}", "is_default": "N"}][: 1 + (batch % 5 < 3)],
            complete=True,
        ),
        Landing(
            "raw_crm.user",
            [{"id": n, "name": f"Менеджер {n}", "last_name": str(batch % 3), "active": "True"}
             for n in range(1, 4 - batch % 2)],
            complete=True,
        ),
        Landing(
            "raw_crm.currency",
            [{"currency": "RUB", "amount": 1, "amount_cnt": 1, "base": "Y"}],
            complete=True,
        ),
    ]  # fmt: skip


def next_batch(worlds: Sequence[World], batch: int, chance: random.Random) -> list[Landing]:
    """All worlds' versions of one batch, mixed, in a random order of tables."""
    mixed: dict[Address, list[Row]] = defaultdict(list)
    for world in worlds:
        # The shop begins to write bl_web_session in the third batch.
        world.counts_visits = batch >= 2
        # Mostly a quiet hour, now and then a busy one.
        world.grow(world.chance.choice([0, 4, 12, 12, 25, 40]))
        for table, rows in world.take().items():
            mixed[table] += rows
    landings = [properties(batch), dictionary(batch), *office(batch)]
    held = {table for world in worlds for table in world.state}
    for table in sorted(mixed.keys() | held):
        rows = mixed.get(table, [])
        if chance.random() < 0.4:
            standing = [row for world in worlds for row in world.state[table].values()]
            chance.shuffle(standing)
            landings.append(Landing(table, standing, complete=True))
        elif rows:
            half = chance.randint(0, len(rows))
            landings += [Landing(table, rows[:half]), Landing(table, rows[half:])]
    chance.shuffle(landings)
    return landings


def land_all(connection: psycopg.Connection[Any], batch: Sequence[Landing]) -> None:
    """Land a batch through the real landing."""
    for landing in batch:
        table = TABLES[landing.table]
        rows: list[Mapping[str, Any]] = [*landing.rows]
        land(connection, table, rows, complete=landing.complete, max_shrink=1.0)
