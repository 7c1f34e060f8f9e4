"""Journeys told in Python from the same facts as the SQL: slow, written from the rules alone."""

import hashlib
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from omni_pipeline.attribution.store import BUCKETS
from tests.integration.journey.facts import Row
from tests.integration.journey.story import Story
from tests.unit.attribution.worlds import Path

LOOKBACK = timedelta(days=90)
LOCAL = ZoneInfo("Europe/Moscow")
Journeys = dict[str, dict[str, Any]]


class Shop(Story):
    """Most people pay here; some also come to the till, where a receipt may be theirs."""

    def add_conversion(self) -> None:
        super().add_conversion()
        list(self.conversions.values())[-1]["is_paid"] = self.chance.random() < 0.8

    def add_touch(self) -> None:
        super().add_touch()
        touch = list(self.touches.values())[-1]
        receipts = [row for row in self.conversions.values() if row["kind"] == "receipt"]
        if receipts and self.chance.random() < 0.2:
            receipt = self.chance.choice(receipts)
            touch.update(touch_type="pos_visit", channel="Store", is_direct=False, at=receipt["at"])
            if self.chance.random() < 0.7:
                touch["customer_uuid"] = receipt["customer_uuid"]


def moment(written: str) -> datetime:
    """A time as the story writes it."""
    return datetime.fromisoformat(written)


def journeys_of(story: Story) -> Journeys:
    """All journeys by id."""
    found: Journeys = {}
    customers = {row["customer_uuid"] for row in story.touches.values()}
    customers |= {row["customer_uuid"] for row in story.conversions.values()}
    for customer in customers - {None}:
        found |= _of_customer(story, customer)
    for row in story.conversions.values():
        if row["customer_uuid"] is None and _is_purchase(row):
            found[row["conversion_id"]] = _journey(row["conversion_id"], row, [])
    return found


def _of_customer(story: Story, customer: str) -> Journeys:
    bought = [row for row in story.conversions.values() if row["customer_uuid"] == customer]
    tills = {moment(row["at"]) for row in bought if row["kind"] == "receipt"}
    purchases = sorted(
        filter(_is_purchase, bought), key=lambda row: (moment(row["at"]), row["conversion_id"])
    )
    touches = sorted(
        (
            row
            for row in story.touches.values()
            if row["customer_uuid"] == customer
            and row["is_on_path"]
            and not (row["touch_type"] == "pos_visit" and moment(row["at"]) in tills)
            and not any(_made(conversion, row) for conversion in bought)
            and not (row["touch_type"] == "crm_source" and _is_told(row, story, bought))
        ),
        key=lambda row: (moment(row["at"]), row["source_priority"], row["touch_id"]),
    )
    found: Journeys = {}
    for purchase in purchases:
        at = moment(purchase["at"])
        mine = [touch for touch in touches if moment(touch["at"]) <= at]
        touches = touches[len(mine) :]
        near = [touch for touch in mine if at - moment(touch["at"]) <= LOOKBACK]
        found[purchase["conversion_id"]] = _journey(customer, purchase, near)
        found |= _silent(customer, mine[: len(mine) - len(near)])
    return found | _silent(customer, touches)


def _made(conversion: Row, touch: Row) -> bool:
    """Whether the touch is about this very conversion and not after it."""
    about, deal = touch["about"], conversion["deal_id"]
    if about is None or moment(touch["at"]) > moment(conversion["at"]):
        return False
    names = {f"{conversion['order_id']}", (conversion["order_number"] or "").lower()}
    if conversion["kind"] != "deal":
        return about in names
    later = moment(touch["at"]) > moment(conversion["opened_at"])
    return about in names | {f"{deal}"} or (about == f"deal:{deal}" and later)


def _is_told(note: Row, story: Story, bought: list[Row]) -> bool:
    """Whether another touch of the customer, half an hour away at most, says what the CRM notes."""
    at = moment(note["at"])
    kinds = {"call": "call", "chat": "messenger", "pos_visit": "store"}
    for row in story.touches.values():
        when = moment(row["at"])
        if row["customer_uuid"] != note["customer_uuid"] or not row["is_on_path"]:
            continue
        if abs(at - when) > timedelta(minutes=30):
            continue
        if row["touch_type"] == "crm_source" and (when, row["touch_id"]) >= (at, note["touch_id"]):
            continue
        if any(_made(conversion, row) for conversion in bought):
            continue
        kind = kinds.get(row["touch_type"], "email" if "email" in row["touch_type"] else None)
        says = note["source"] is not None and note["source"] == row["source"]
        says &= all(note[mark] in (None, row[mark]) for mark in ("medium", "campaign"))
        if note["is_direct"] or says or (kind and note["medium"] == kind):
            return True
    return False


def _silent(customer: str, touches: list[Row]) -> Journeys:
    runs: list[list[Row]] = []
    for touch in touches:
        if not runs or moment(touch["at"]) - moment(runs[-1][-1]["at"]) > LOOKBACK:
            runs.append([])
        runs[-1].append(touch)
    return {f"touch:{run[0]['touch_id']}": _journey(customer, None, run) for run in runs}


def _journey(owner: str, purchase: Row | None, touches: list[Row]) -> dict[str, Any]:
    last = purchase or touches[-1]
    customer = last["customer_uuid"]
    return {
        "owner": customer or str(UUID(hashlib.md5(owner.encode()).hexdigest())),
        "customer_uuid": customer,
        "bucket": int(hashlib.md5(owner.encode()).hexdigest()[:2], 16) % BUCKETS,
        "local_month": month_of(moment(last["at"])),
        "brand": last["brand"],
        "channels": [touch["channel"] for touch in touches]
        or (["Store"] if purchase and purchase["kind"] == "receipt" else []),
        "touches": len(touches),
        "is_converted": purchase is not None,
        "revenue_kopecks": purchase["revenue_kopecks"] if purchase else 0,
    }


def _is_purchase(row: Row) -> bool:
    return row["is_paid"] and not row["is_cancelled"] and row["kind"] != "lead"


def month_of(at: datetime) -> date:
    """First day of the local month."""
    return at.astimezone(LOCAL).date().replace(day=1)


def paths_of(journeys: Journeys) -> dict[tuple[date, str], list[Path]]:
    """Journeys as paths, by local month and brand."""
    found: dict[tuple[date, str], list[Path]] = {}
    for row in journeys.values():
        path = Path(
            tuple(row["channels"]), row["is_converted"], row["revenue_kopecks"], row["bucket"]
        )
        found.setdefault((row["local_month"], row["brand"]), []).append(path)
    return found
