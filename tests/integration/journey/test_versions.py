"""What a change of the project makes anew: what stands on the change, and no more."""

import random
from collections.abc import Iterator

import pytest

from tests.replay.opening import replaying
from tests.replay.runner import Replay
from tests.replay.scopes import JOURNEY_SCOPE
from tests.replay.worlds import World, next_batch

# Nearest to the rules first.
STANDS_ON_CHANNELS = {
    "fct_touch", "int_attribution__steps", "int_journey__conversion_events",
    "int_journey__firsts", "bl_omni_stats", "int_journey__order_months", "bl_customer_profile",
}  # fmt: skip
SALES = {
    "int_journey__orders", "int_journey__till_receipts", "int_journey__order_deals",
    "int_journey__conversions", "int_journey__conversion_customers", "int_journey__purchases",
    "fct_conversion",
}  # fmt: skip


@pytest.fixture(scope="module")
def built(server_url: str, template_database: str) -> Iterator[Replay]:
    """A small shop in a warehouse of the whole project."""
    with replaying(server_url, template_database, JOURNEY_SCOPE) as replay:
        replay.land(next_batch([World(seed) for seed in range(4)], 0, random.Random(1)))
        replay.set_bound()
        replay.build()
        yield replay


def made_anew(replay: Replay) -> set[str]:
    """Deploy the project as it is now; names of the tables that one run made whole."""
    before = replay.made()
    replay.deployed = False
    replay.build()
    return {name for name, when in replay.made().items() if before.get(name) != when}


def test_words_make_nothing_anew(built: Replay) -> None:
    told = 0
    for file in (built.project.folder / "models").rglob("_*__models.yml"):
        text = file.read_text(encoding="utf-8")
        told += text.count("One row per")
        file.write_text(text.replace("One row per", "As ever, one row per"), encoding="utf-8")
    assert told
    assert made_anew(built) == set()


def test_a_channel_rule_makes_anew_what_stands_on_touches(built: Replay) -> None:
    rules = built.project.rows("channel_rules")
    used = built.count("marts.fct_touch", "rule_id")
    (rule,) = (rule for rule in rules if rule["rule_id"] == max(used, key=used.__getitem__))
    rule["channel"] = "Came by itself"
    built.edit("channel_rules", rules)
    anew = made_anew(built)
    assert anew >= STANDS_ON_CHANNELS
    assert not anew & SALES
    assert not {name for name in anew if name.startswith("int_identity__")}
    assert not anew & {"customer_identifier", "shared_identifier", "customer_merge_log"}
    # It took effect.
    assert built.count("marts.fct_touch", "channel")["Came by itself"] == used[rule["rule_id"]]
