"""A metric is one number, whichever mart is asked: assert_metrics_agree on random facts."""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pytest

from tests.integration.journey.story import Story
from tests.replay.runner import Replay

TEST = "assert_metrics_agree"
# What would be another number in one mart alone.
WRONG = {
    "bl_omni_stats": ("leads", "leads_junk", "orders_placed", "orders_cancelled", "refunds_kopecks",
                      "new_buyers", "first_contacts", "sessions", "calls", "spend_kopecks"),
    "fct_attribution_daily": ("leads_qualified", "deals_won", "receipts_paid", "revenue_kopecks"),
}  # fmt: skip

SHOWN = "model_id = 'last_non_direct' and basis = 'order_date'"


@pytest.fixture(scope="module")
def built(told: Replay) -> Replay:
    story = Story(7)
    for _ in range(60):
        story.add_touch()
        story.add_conversion()
    story.tell(told.url)
    told.build()
    return told


def failures(built: Replay) -> int:
    (result,) = built.test(TEST)
    assert str(result.status) in ("pass", "fail"), result.message
    return int(result.failures or 0)


@contextmanager
def changed(url: str, mart: str, statement: str) -> Iterator[None]:
    """The mart after a statement that somebody ran by hand; afterwards as it was."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f"create table told.kept as select * from marts.{mart}")
        assert connection.execute(statement).rowcount
        yield
        connection.execute(f"delete from marts.{mart}")
        connection.execute(f"insert into marts.{mart} select * from told.kept")
        connection.execute("drop table told.kept")


def test_the_marts_agree(built: Replay) -> None:
    assert failures(built) == 0


@pytest.mark.parametrize("mart", WRONG)
def test_each_difference_is_found(built: Replay, mart: str) -> None:
    shown = "true" if mart == "bl_omni_stats" else SHOWN
    row = f"ctid = (select ctid from marts.{mart} where {shown} limit 1)"
    for name in WRONG[mart]:
        statement = f"update marts.{mart} set {name} = {name} + 1 where {row}"
        with changed(built.url, mart, statement):
            assert failures(built) > 0, f"{mart}.{name}"
    assert failures(built) == 0


def test_a_row_that_one_mart_lacks_is_found(built: Replay) -> None:
    statement = "delete from marts.bl_omni_stats where orders_placed > 0"
    with changed(built.url, "bl_omni_stats", statement):
        assert failures(built) > 0
    assert failures(built) == 0
