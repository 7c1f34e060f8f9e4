"""An explanation in words and as JSON: what a person reads, without a database."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest

from omni_pipeline.identity.explain import Denied, Explanation, Hop, Identifier, Shared, Subject
from omni_pipeline.identity.words import SHOWN, as_json, in_words, moment, why_shared

NOON = datetime(2026, 7, 1, 12, 0, tzinfo=UTC)
OFFICE = Shared("limit", "USER", 12, 5, NOON)
BLOCKED = Shared("blocklist: role mailbox", None, None, None, None)


def subject(identifier: Identifier, customer: str | None = "c-1", **changes: object) -> Subject:
    """A subject with a small profile."""
    values: dict[str, object] = {
        "identifier": identifier,
        "birth_uuid": "b-1",
        "first_seen": NOON,
        "last_seen": NOON,
        "customer_uuid": customer,
        "shared": None,
        "profile": {"user_id": 5, "email": None, "channel_names": [], "is_suspect": False},
        "identifiers": (
            {"id_type": "USER", "id_value": "5", "first_seen": NOON, "last_seen": None},
        ),
        "touched": (),
    }
    return Subject(**(values | changes))  # type: ignore[arg-type]


USER, PHONE = Identifier("USER", "5"), Identifier("PHONE", "+79161234567")


@pytest.mark.parametrize(
    ("identifier", "printed"),
    [
        (USER, "user:5"),
        (Identifier("FUSER", "12"), "fuser:12"),
        (Identifier("CARD", "A0012"), "card:A0012"),
        (PHONE, "+79161234567"),
        (Identifier("EMAIL", "anna@mail.example"), "anna@mail.example"),
    ],
)
def test_identifiers_are_printed_as_they_are_typed(identifier: Identifier, printed: str) -> None:
    assert str(identifier) == printed


def test_times_are_utc() -> None:
    assert moment(NOON.astimezone(timezone(timedelta(hours=3)))) == "2026-07-01 12:00 UTC"
    assert moment(None) == "at an unknown time"


def test_reasons() -> None:
    assert why_shared(OFFICE) == ("seen with 12 users, the limit is 5, since 2026-07-01 12:00 UTC")
    family = replace(OFFICE, reason="different people", neighbours=2, max_distinct=1)
    assert why_shared(family) == "seen with 2 different people, since 2026-07-01 12:00 UTC"
    assert why_shared(BLOCKED) == "blocklist: role mailbox"


def test_a_profile_shows_only_what_there_is() -> None:
    said = in_words(Explanation("profile", subject(USER)))
    assert "user        5" in said
    for absent in ("e-mail", "CRM contact", "channels", "suspect", "None"):
        assert absent not in said


def test_a_suspect_says_so() -> None:
    said = in_words(Explanation("profile", subject(USER, profile={"is_suspect": True})))
    assert "more traces than one person has" in said


def test_long_profiles_are_cut_in_a_terminal_only() -> None:
    row = {"id_type": "LEAD", "id_value": "7", "first_seen": NOON, "last_seen": NOON}
    found = Explanation("profile", subject(USER, identifiers=(row,) * (SHOWN + 5)))
    assert "… and 5 more" in in_words(found)
    assert len(json.loads(as_json(found))["a"]["identifiers"]) == SHOWN + 5


def test_a_path_counts_its_steps() -> None:
    hop = Hop(USER, PHONE, "site_user_phone", "b_user", "5", NOON)
    one = in_words(Explanation("one customer", subject(USER), subject(PHONE), (hop,)))
    assert "user:5 and +79161234567 are one customer, c-1: 1 step." in one
    assert "b_user 5" in one
    two = in_words(Explanation("one customer", subject(USER), subject(PHONE), (hop, hop)))
    assert ": 2 steps." in two


def test_a_forced_link_has_a_reason_and_no_time() -> None:
    hop = Hop(USER, PHONE, "override", "identity_overrides", "one person", None)
    said = in_words(Explanation("one customer", subject(USER), subject(PHONE), (hop,)))
    assert "identity_overrides one person" in said
    assert "time" in said
    assert "unknown time" not in said


def test_two_customers() -> None:
    bare = in_words(Explanation("two customers", subject(USER), subject(PHONE, "c-2")))
    assert "No shared identifier was seen with both." in bare
    full = in_words(
        Explanation(
            "two customers",
            subject(USER),
            subject(PHONE, "c-2"),
            both_touch=((Identifier("EMAIL", "info@shop.example"), BLOCKED),),
            denied=(Denied(USER, PHONE, "mistyped"),),
        )
    )
    assert "  info@shop.example: blocklist: role mailbox" in full
    assert "  user:5 – +79161234567: mistyped" in full


def test_json_keeps_cyrillic_and_times() -> None:
    found = Explanation("profile", subject(USER, profile={"email": "анна@почта.рф"}))
    text = as_json(found)
    assert "анна@почта.рф" in text
    assert json.loads(text)["a"]["first_seen"] == "2026-07-01T12:00:00+00:00"
