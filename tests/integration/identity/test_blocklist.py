"""The golden table of values that identify nobody, tests/fixtures/blocklist_cases.csv, through dbt.

Each value is typed for two contacts of the CRM: a blocked one leaves them two customers.
"""

import csv
from collections.abc import Iterator

import psycopg
import pytest

from omni_pipeline.identity.explain import explain
from omni_pipeline.identity.words import in_words
from tests.conftest import REPOSITORY
from tests.replay.opening import replaying
from tests.replay.runner import Replay
from tests.replay.worlds import Landing

with (REPOSITORY / "tests/fixtures/blocklist_cases.csv").open(encoding="utf-8", newline="") as file:
    CASES = list(csv.DictReader(file))
TRUNK = "+7 495 780-11-05"


@pytest.fixture(scope="module")
def replay(server_url: str, template_database: str) -> Iterator[Replay]:
    """A warehouse in which every value of the table was typed for two contacts."""
    written = [(case["kind"], case["value"]) for case in CASES] + [("phone", TRUNK)]
    contacts = [
        {"id": 2 * n + twin, kind: [{"VALUE": value}], "date_create": "2026-03-01T10:00:00+03:00"}
        for n, (kind, value) in enumerate(written, 1)
        for twin in (0, 1)
    ]
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CEL_TRUNKS", "PJSIP/mango, SIP/74957801105")
        with replaying(server_url, template_database) as running:
            running.land([Landing("raw_crm.contact", contacts)])
            running.set_bound()
            running.build()
            yield running


def test_golden_cases(replay: Replay) -> None:
    with psycopg.connect(replay.url) as connection:
        customers: dict[int, str] = dict(
            connection.execute(
                "select id_value::int, customer_uuid from marts.customer_identifier"
                " where id_type = 'CONTACT'"
            ).fetchall()
        )
    wrong = [
        f"{case['value']} ({case['note']}) is {'' if apart else 'not '}blocked"
        for n, case in enumerate(CASES, 1)
        if (apart := customers[2 * n] != customers[2 * n + 1]) != bool(case["reason"])
    ]
    assert not wrong, "\n".join(wrong)
    trunk = len(CASES) + 1
    assert customers[2 * trunk] != customers[2 * trunk + 1], "a line of the exchange is our own"


def test_a_blocked_value_says_why(replay: Replay) -> None:
    with psycopg.connect(replay.url) as connection:
        for value, reason in (
            ("buh-02@firma.ru", "role mailbox"),
            ("net_pochty@mail.ru", "placeholder"),
            ("petrov@mail.shop.example", "own domain"),
            ("8 800 555-35-35", "hotline"),
            ("8f3c2a@customers.ozon.ru", "relay of a marketplace"),
        ):
            assert f"blocklist: {reason}" in in_words(explain(connection, value))


def test_the_table_is_worth_running() -> None:
    assert len({case["value"] for case in CASES}) == len(CASES)
    assert sum(not case["reason"] for case in CASES) >= 40
