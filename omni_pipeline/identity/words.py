"""An explanation as text for a terminal and as JSON. Pure: times are shown in UTC."""

import json
from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from tabulate import tabulate

from omni_pipeline.identity.explain import Explanation, Hop, Identifier, Shared, Subject

SHOWN = 100  # identifiers of one customer in a terminal; JSON holds all
PLURAL = {
    "USER": "users",
    "FUSER": "cookies",
    "CONTACT": "contacts",
    "LEAD": "leads",
    "CARD": "cards",
    "PHONE": "phones",
    "EMAIL": "e-mails",
}


def in_words(explanation: Explanation) -> str:
    """The explanation as lines for a person."""
    return "\n".join(_lines(explanation))


def as_json(explanation: Explanation) -> str:
    """The same as one JSON object; times are ISO 8601 in UTC."""
    return json.dumps(asdict(explanation), default=_plain, ensure_ascii=False, indent=2)


def why_shared(shared: Shared) -> str:
    """Reason, counts and since when, in one phrase."""
    since = f", since {moment(shared.crossed_at)}" if shared.crossed_at else ""
    if shared.counted_type is None:
        return f"{shared.reason}{since}"
    if shared.reason == "different people":
        return f"seen with {shared.neighbours} different people{since}"
    many = PLURAL.get(shared.counted_type, shared.counted_type.lower())
    return f"seen with {shared.neighbours} {many}, the limit is {shared.max_distinct}{since}"


def moment(at: datetime | None) -> str:
    """A time to the minute, in UTC."""
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M} UTC" if at else "at an unknown time"


def _plain(value: Any) -> str:
    return value.astimezone(UTC).isoformat() if isinstance(value, datetime) else str(value)


def _lines(explanation: Explanation) -> Iterator[str]:
    a, b = explanation.a, explanation.b
    if explanation.verdict == "same":
        yield f"Both are the same identifier, {a.identifier}."
    if b is None:
        yield from _alone(a)
    elif explanation.verdict == "shared":
        yield f"Nothing joins {a.identifier} and {b.identifier}:"
        for subject in (a, b):
            yield f"  {subject.identifier} {_standing(subject)}"
    elif explanation.verdict == "one customer":
        hops = explanation.hops
        count = "1 step" if len(hops) == 1 else f"{len(hops)} steps"
        yield f"{a.identifier} and {b.identifier} are one customer, {a.customer_uuid}: {count}."
        yield _path(hops)
    else:
        yield f"{a.identifier} and {b.identifier} are two customers:"
        for subject in (a, b):
            yield f"  {subject.identifier} {_standing(subject)}"
        if explanation.denied:
            yield "Kept apart by identity_overrides:"
            yield from (f"  {x.a} – {x.b}: {x.reason}" for x in explanation.denied)
        if explanation.both_touch:
            yield "Both were seen with these identifiers, which are shared and join nobody:"
            yield from _shared(explanation.both_touch)
        else:
            yield "No shared identifier was seen with both."


def _standing(subject: Subject) -> str:
    if subject.shared:
        return f"is shared and belongs to nobody: {why_shared(subject.shared)}"
    return f"belongs to customer {subject.customer_uuid}"


def _alone(subject: Subject) -> Iterator[str]:
    yield f"{subject.identifier} {_standing(subject)}"
    yield f"first seen {moment(subject.first_seen)}, last seen {moment(subject.last_seen)}"
    if subject.shared:
        yield "It merges nobody; people it had joined before have come apart again."
        return
    profile = subject.profile
    account = profile.get("user_id") or 0
    shown = [
        ("user", account if account > 0 else None),  # below, the stand-in of a guest
        ("CRM contact", profile.get("crm_contact_id")),
        ("e-mail", profile.get("email")),
        ("phone", profile.get("phone")),
        ("channels", ", ".join(profile.get("channel_names") or []) or None),
        ("suspect", "more traces than one person has" if profile.get("is_suspect") else None),
    ]
    yield ""
    yield from (f"{name:<12}{value}" for name, value in shown if value is not None)
    yield ""
    rows = subject.identifiers[:SHOWN]
    yield tabulate(
        [
            (
                str(Identifier(row["id_type"], row["id_value"])),
                moment(row["first_seen"]),
                moment(row["last_seen"]),
            )
            for row in rows
        ],
        headers=["identifier", "first seen", "last seen"],
        disable_numparse=True,
    )
    if len(subject.identifiers) > len(rows):
        yield f"… and {len(subject.identifiers) - len(rows)} more (--json lists all)"
    if subject.touched:
        yield ""
        yield "Also seen with identifiers that are shared and join nobody:"
        yield from _shared(subject.touched)


def _shared(found: tuple[tuple[Identifier, Shared], ...]) -> Iterator[str]:
    yield from (f"  {identifier}: {why_shared(shared)}" for identifier, shared in found)


def _path(hops: tuple[Hop, ...]) -> str:
    return tabulate(
        [
            (
                n,
                str(hop.start),
                str(hop.end),
                hop.rule,
                f"{hop.source_table} {hop.source_key}",
                moment(hop.observed_at) if hop.observed_at else "",
            )
            for n, hop in enumerate(hops, start=1)
        ],
        headers=["", "from", "to", "rule", "source row", "time"],
        disable_numparse=True,
    )
