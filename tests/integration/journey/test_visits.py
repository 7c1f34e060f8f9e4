"""The recorded table of visits (tests/fixtures/visit_cases.csv), from site to published touch.

A line is one visit as a site stores it, and what it counts as. An empty cell is null.
"""

import csv
import random
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import REPOSITORY
from tests.integration.journey.traffic import Traffic, coming_by
from tests.replay.sources import Row

TOLD = ("landing_url", "referrer", "utm_source", "utm_medium", "utm_campaign")
COUNTS_AS = ("channel", "source", "medium", "campaign")
STATISTIC = "raw_bitrix.b_stat_session"


def read_cases() -> list[dict[str, str | None]]:
    path = REPOSITORY / "tests" / "fixtures" / "visit_cases.csv"
    with path.open(encoding="utf-8", newline="") as file:
        return [
            {name: value or None for name, value in case.items()} for case in csv.DictReader(file)
        ]


CASES = read_cases()


@pytest.fixture(scope="module")
def shop(server_url: str, template_database: str) -> Iterator[Traffic]:
    folder = Path(tempfile.mkdtemp(prefix="omni-visits-"))
    with coming_by(server_url, template_database, folder) as traffic:
        yield traffic
    shutil.rmtree(folder, ignore_errors=True)


def wrong(touches: dict[str, Row], cases: dict[int, dict[str, str | None]]) -> str:
    """Cases that count as something else, a line each."""
    return "\n".join(
        f"{case['kind']}: {[case[name] for name in TOLD if case[name]]} "
        f"is {touches[str(key)]['rule_id']} {[touches[str(key)][name] for name in COUNTS_AS]}"
        for key, case in cases.items()
        if any(touches[str(key)][name] != case[name] for name in COUNTS_AS)
    )


def test_recorded_visits(shop: Traffic) -> None:
    """Each visit in the module's own words, where it has them, and then as the site stores it."""
    told_by_address = {
        key: case
        for key, case in enumerate(CASES, start=1)
        if not (case["utm_source"] or case["utm_medium"] or case["utm_campaign"])
    }
    for key, case in told_by_address.items():
        shop.put(
            STATISTIC, key, guest_id=key, hits=1, date_first="2026-03-01 10:00:00",
            url_to=case["landing_url"], url_from=case["referrer"],
        )  # fmt: skip
    shop.hour()
    assert wrong(shop.touches("bitrix.stat_session:"), told_by_address) == ""

    for key, case in enumerate(CASES, start=1):
        shop.visit(key, key, "10:00:00", **{name: case[name] for name in TOLD})
    shop.hour()
    assert wrong(shop.touches("bitrix.session:"), dict(enumerate(CASES, start=1))) == ""
    assert shop.differences_to_rebuild(by_flag=True) == []


def test_marks_are_no_longer_than_an_index_takes(shop: Traffic) -> None:
    """Source and campaign stand in one entry of an index of the marts."""
    long = "".join(random.Random(1).choices("абвгдежзиклмнопрст0123456789", k=9_000))
    key = len(CASES) + 1
    shop.visit(
        key, key, "10:00:00", utm_source=long, utm_medium=long, utm_campaign=long,
        landing_url=f"https://shop.example/?utm_content={long}", referrer=f"https://{long}.example/",
    )  # fmt: skip
    shop.visit(
        key + 1, key + 1, "10:00:00", landing_url="https://shop.example/",
        referrer=f"https://{long[:20]}{'x' * 9_000}.example/",
    )  # fmt: skip
    shop.hour()
    touches = shop.touches("bitrix.session:")
    for touch in (touches[str(key)], touches[str(key + 1)]):
        told = [touch[name] or "" for name in COUNTS_AS]
        assert max(map(len, told)) == 250
        assert len("".join(told).encode()) < 2_600
