"""A line of attribution_models or attribution_weights that cannot work is told so in words."""

import shutil
import tempfile
from pathlib import Path
from typing import Any

import pytest

from tests.integration.journey.facts import telling

MODELS = [
    {"model_id": "x", "kind": "magic", "lookback_days": "-1"},
    {"model_id": "y", "kind": "time_decay", "lookback_days": "1"}
    | {"excluded_channels": "Paid Serch"},
    {"model_id": "p", "kind": "position", "lookback_days": "1", "first_share": "90"},
    {"model_id": "q", "kind": "position", "lookback_days": "1", "first_share": "90"}
    | {"last_share": "20", "collapses": "all"},
    {"model_id": "w", "kind": "weights", "lookback_days": "5", "keeps_excluded_alone": "true"},
    {"model_id": "mine", "kind": "weights", "lookback_days": "5"},
]
WEIGHTS: list[dict[str, object]] = [
    {"model_id": "mine", "by": "age_days", "key": "30", "weight": 1},
    {"model_id": "mine", "by": "age_days", "key": "30.0", "weight": 2},
    {"model_id": "mine", "by": "age_days", "key": "0", "weight": 1},
    {"model_id": "mine", "by": "position", "key": "1.5", "weight": 1},
    {"model_id": "mine", "by": "colour", "key": "red", "weight": -1},
    {"model_id": "nobody", "by": "channel", "key": "Email", "weight": 1},
]
TESTS = (
    *("attribution_shares_are_possible", "attribution_models_are_complete"),
    "attribution_weights_belong_to_models",
)
SAID = (
    "attribution_models, model x: lookback_days is -1, must be above 0",
    'attribution_models, model x: kind "magic" is unknown; known are first, last,',
    "attribution_models, model y: kind time_decay needs half_life_days",
    'attribution_models, model y: no rule gives the channel "Paid Serch"',
    "attribution_models, model p: kind position needs first_share and last_share",
    "attribution_models, model q: shares 90 and 20, must be 0 or more and add up to 1..100",
    'attribution_models, model q: collapses is "all", must be first, last or empty',
    "attribution_models, model w: keeps_excluded_alone without excluded_channels",
    "attribution_models, model w: kind weights, but attribution_weights has none above 0",
    "attribution_weights, model mine, age_days 30.0: written 2 times",
    "attribution_weights, model mine, age_days 0: an age is a number of days above 0",
    "attribution_weights, model mine, position 1.5: a place is a whole number from 1",
    "attribution_weights, model mine, colour red: unknown; weights go by position,",
    "attribution_weights, model mine, colour red: weight is -1, must be 0 or more",
    "attribution_weights, model nobody, channel Email: attribution_models has no such model",
)


def test_broken_lines_are_told_in_words(server_url: str, template_database: str) -> None:
    folder = Path(tempfile.mkdtemp(prefix="omni-lines-"))
    said: list[str] = []
    failed: list[str] = []

    def hear(event: Any) -> None:
        if event.info.name == "JinjaLogWarning":
            said.append(event.info.msg)
        elif event.info.name == "LogTestResult" and event.data.status == "fail":
            failed.append(event.data.name)

    with telling(server_url, template_database, folder) as replay:
        seeds = ("attribution_models", "attribution_weights")
        replay._dbt("seed")
        selected = [f"test_name:{name}" for name in TESTS]
        replay._dbt("test", "--select", *selected, callbacks=[hear])
        assert not said + failed, "shipped lines are in order"
        added: tuple[Any, ...] = (MODELS, WEIGHTS)
        for seed, lines in zip(seeds, added, strict=True):
            replay.edit(seed, [*replay.project.rows(seed), *lines])
        replay._dbt("seed")
        with pytest.raises(AssertionError):
            replay._dbt("test", "--select", *selected, callbacks=[hear])
    shutil.rmtree(folder, ignore_errors=True)
    assert len(failed) == len(TESTS)
    for line in SAID:
        assert any(line in each for each in said), f"{line}: not among {said}"
    assert len(said) == len(SAID)
