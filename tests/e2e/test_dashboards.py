"""Every card answers an analyst, and headline figures are what the facts say."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import psycopg
import pytest

from omni_pipeline.dashboards.load import load
from omni_pipeline.dashboards.run import run
from omni_pipeline.dashboards.sql import filled
from omni_pipeline.postgres.roles import ANALYST, reader_url
from tests.e2e.conftest import Demo

TREE = load()
# Card, its column, and the same question asked of the facts.
FACTS = [
    (
        "marketing/spend", "spend_kopecks",
        "select sum(net_kopecks) from intermediate.int_ads__spend",
    ),
    (
        "marketing/leads", "leads",
        "select count(*) from marts.fct_conversion where kind = 'lead' and status <> 'JUNK'",
    ),
    (
        "sales/managers", "revenue_kopecks",
        "select sum(revenue_kopecks) from marts.fct_conversion where kind in ('order', 'deal')",
    ),
    (
        "executive/revenue", "revenue_kopecks",
        "select sum(received_kopecks - refund_kopecks) from marts.fct_conversion",
    ),
    (
        "executive/year_on_year", "revenue_kopecks",
        "select sum(received_kopecks - refund_kopecks) from marts.fct_conversion",
    ),
    (
        "customers/segments", "purchases",
        "select count(*) from marts.fct_conversion where kind <> 'lead' and is_paid"
        " and not is_cancelled and customer_uuid is not null",
    ),
    (
        "loyalty/points_spent", "bonus_kopecks",
        "select sum(bonus_kopecks) from marts.fct_conversion where kind = 'order' and is_paid"
        " and not is_cancelled",
    ),
    (
        "trust/leads_with_source", None,
        "select count(distinct (at at time zone 'Europe/Moscow')::date)"
        " from marts.fct_conversion where kind = 'lead' and status <> 'JUNK'",
    ),
]  # fmt: skip


@pytest.fixture(scope="module")
def analyst(demo: Demo) -> Iterator["psycopg.Connection[Any]"]:
    url = reader_url(demo.omni.home, demo.omni.url("demo"), ANALYST)
    with psycopg.connect(url, autocommit=True) as connection:
        yield connection


def test_every_card_answers_an_analyst(analyst: "psycopg.Connection[Any]") -> None:
    assert analyst.execute("select current_user").fetchone() == ("analyst",)
    assert not (failed := run(analyst, TREE)), "\n".join(map(str, failed))


def test_the_command_says_so(demo: Demo) -> None:
    said = demo.omni.done("dashboards", "check", "--run")
    assert f"{len(TREE.cards)} cards are in order" in said


@pytest.mark.parametrize(("path", "column", "question"), FACTS, ids=[fact[0] for fact in FACTS])
def test_a_headline_is_what_the_facts_say(
    analyst: "psycopg.Connection[Any]", demo: Demo, path: str, column: str | None, question: str
) -> None:
    (card,) = [card for card in TREE.cards if card.path == f"omni/{path}"]
    text, values = filled(card, {})
    cursor = analyst.execute(text.encode(), values)
    names = [described.name for described in cursor.description or []]
    rows = cursor.fetchall()
    shown = sum(row[names.index(column)] or 0 for row in rows) if column else len(rows)
    ((asked,),) = demo.omni.rows("demo", question)
    assert asked, "the demo holds nothing to compare"
    assert abs(Decimal(shown) - Decimal(asked)) < Decimal("0.001")
