"""Why each touch before a conversion got the credit it got, as text for a terminal and as JSON.

Reads `marts.explain_order` alone, which is made of the macros that make the credit itself. Money is
in kopecks of the base currency, times are shown in UTC.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

import psycopg
from psycopg.rows import dict_row
from tabulate import tabulate

from omni_pipeline.identity.explain import Identifier

FORMS = "order:123, deal:5, receipt:77, or conversion:lead:3 for a lead"
# Not lead:3, which is an identifier of a person.
WRITTEN = re.compile(
    r"\s*(?:(?:conversion\s*:\s*)?(order|deal|receipt)|conversion\s*:\s*(lead))\s*:\s*(\S.*?)\s*",
    re.IGNORECASE,
)
CONVERSION = """
    select conversion_id, kind, customer_uuid::text, at, is_paid, is_cancelled, revenue_kopecks
    from marts.fct_conversion where conversion_id = %s
"""
LINK = ("link_rule", "link_table", "link_key", "links")
PATH = "select * from marts.explain_order(%s)"


class UnknownConversion(Exception):
    """What was asked for is no conversion of the marts; the message says it in one line."""


@dataclass(frozen=True)
class Part:
    """What one model makes of a touch; `reason` says why it did not look at it."""

    included: bool
    reason: str | None
    weight: float
    credit_kopecks: int


@dataclass(frozen=True)
class Link:
    """What ties a touch's identifier to the buyer's: the first of `hops` links; its source."""

    rule: str
    source_table: str
    source_key: str
    hops: int

    def __str__(self) -> str:
        more = f", {self.hops} hops" if self.hops > 1 else ""
        return f"{self.rule} ({self.source_table} {self.source_key}{more})"


@dataclass(frozen=True)
class Step:
    """One touch before the conversion, with the identifier that ties it to the customer.

    `link` is None when the conversion has the same identifier, or none that is known.
    """

    touch_id: str
    touched_at: datetime
    touch_type: str
    channel: str
    source: str | None
    campaign: str | None
    identifier: str | None
    link: Link | None
    models: dict[str, Part]


@dataclass(frozen=True)
class OrderPath:
    """A conversion, the touches before it, and the models for which nobody led to it.

    `buyer` is the identifier by which it belongs to the customer.
    """

    conversion_id: str
    kind: str
    customer_uuid: str | None
    buyer: str | None
    at: datetime
    is_paid: bool
    is_cancelled: bool
    revenue_kopecks: int
    touches: tuple[Step, ...]
    unattributed: dict[str, int]  # credit without a touch, by model
    untouched_channel: str = "(unattributed)"  # what that credit stands under


def conversion_in(written: str) -> str | None:
    """The conversion_id that a person typed; None for text that means something else."""
    found = WRITTEN.fullmatch(written)
    return f"{(found[1] or found[2]).lower()}:{found[3]}" if found else None


def explain_order(connection: psycopg.Connection[Any], conversion_id: str) -> OrderPath:
    """The path to a conversion; raises UnknownConversion for one that the marts do not have."""
    row = connection.execute("select to_regprocedure('marts.explain_order(text)')").fetchone()
    if row is None or row[0] is None:
        raise UnknownConversion("the warehouse has no marts to explain yet; run `omni run` first")
    with connection.cursor(row_factory=dict_row) as cursor:
        found = cursor.execute(CONVERSION, [conversion_id]).fetchone()
        if found is None:
            raise UnknownConversion(f"{conversion_id} is no conversion; known forms: {FORMS}")
        rows = cursor.execute(PATH, [conversion_id]).fetchall()
    steps: dict[str, Step] = {}
    unattributed: dict[str, int] = {}
    untouched_channel = "(unattributed)"
    buyer = None
    for row in rows:
        part = Part(*(row.pop(name) for name in Part.__dataclass_fields__))
        model, buyer, who = row.pop("model_id"), _identifier(row, "buyer_"), _identifier(row)
        rule, table, key, hops = (row.pop(name) for name in LINK)
        if row["touch_id"] is None:
            unattributed[model] = part.credit_kopecks
            untouched_channel = row["channel"]
            continue
        link = Link(rule, table, key, hops) if hops else None
        steps.setdefault(row["touch_id"], Step(**row, identifier=who, link=link, models={}))
        steps[row["touch_id"]].models[model] = part
    return OrderPath(
        **found,
        buyer=buyer,
        touches=tuple(steps.values()),
        unattributed=unattributed,
        untouched_channel=untouched_channel,
    )


def _identifier(row: dict[str, Any], prefix: str = "") -> str | None:
    id_type, id_value = row.pop(f"{prefix}id_type"), row.pop(f"{prefix}id_value")
    return str(Identifier(id_type, id_value)) if id_type and id_value else None


def as_json(path: OrderPath) -> str:
    """The path as one JSON object; times are ISO 8601 in UTC."""
    return json.dumps(asdict(path), default=_plain, ensure_ascii=False, indent=2)


def in_words(path: OrderPath) -> str:
    """The path as lines for a person."""
    return "\n".join(_lines(path))


def _plain(value: Any) -> str:
    return value.astimezone(UTC).isoformat() if isinstance(value, datetime) else str(value)


def _lines(path: OrderPath) -> Iterator[str]:
    state = "cancelled" if path.is_cancelled else "paid" if path.is_paid else "not paid"
    who = f"customer {path.customer_uuid}" if path.customer_uuid else "nobody known"
    who += f" ({path.buyer})" if path.buyer else ""
    yield f"{path.conversion_id} of {who}: {path.at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC, {state}"
    yield f"net revenue {_money(path.revenue_kopecks)}"
    if not path.touches:
        yield "No touch of this customer is known before it."
    else:
        yield ""
        yield _touches(path)
        yield ""
        yield _credits(path)
        yield from _reasons(path)
    for model, kopecks in path.unattributed.items():
        if path.untouched_channel == "(unattributed)":
            yield f"{model}: {_money(kopecks)} stay (unattributed)"
        else:
            is_deal = path.conversion_id.startswith("deal:")
            why = "the deal tells so itself" if is_deal else "bought there, no touch led to it"
            yield f"{model}: {_money(kopecks)} go to {path.untouched_channel}: {why}"


def _touches(path: OrderPath) -> str:
    return tabulate(
        [
            (
                number,
                f"{step.touched_at.astimezone(UTC):%Y-%m-%d %H:%M:%S}",
                step.touch_id,
                step.channel,
                " / ".join(text for text in (step.source, step.campaign) if text),
                step.identifier or "",
                _tie(step, path.buyer),
            )
            for number, step in enumerate(path.touches, start=1)
        ],
        headers=["", "time (UTC)", "touch", "channel", "source / campaign", "known by", "tied by"],
        disable_numparse=True,
    )


def _tie(step: Step, buyer: str | None) -> str:
    if step.link:
        return f"{step.link}"
    return "the buyer's own" if buyer and step.identifier == buyer else ""


def _credits(path: OrderPath) -> str:
    models = list(path.touches[0].models)
    return tabulate(
        [
            (
                number,
                *(
                    f"{part.weight:.1%} {_money(part.credit_kopecks)}" if part.included else "–"
                    for part in (step.models[model] for model in models)
                ),
            )
            for number, step in enumerate(path.touches, start=1)
        ],
        headers=["", *models],
        disable_numparse=True,
    )


def _reasons(path: OrderPath) -> Iterator[str]:
    """Why touches were left out, models of one reason together."""
    for number, step in enumerate(path.touches, start=1):
        left_out: dict[str, list[str]] = {}
        for model, part in step.models.items():
            if part.reason:
                left_out.setdefault(part.reason, []).append(model)
        for reason, models in left_out.items():
            whom = "every model" if len(models) == len(step.models) else ", ".join(models)
            yield f"  {number} left out by {whom}: {reason}"


def _money(kopecks: int) -> str:
    return f"{'-' if kopecks < 0 else ''}{abs(kopecks) // 100}.{abs(kopecks) % 100:02d}"
