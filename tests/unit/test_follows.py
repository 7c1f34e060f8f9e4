"""What a table reads and does not follow stops the project when it is parsed."""

from typing import Any

import pytest

from omni_pipeline.warehouse.follows import NotFollowed, check_follows


def node(name: str, reads: list[str], code: str = "", **config: Any) -> dict[str, Any]:
    kind = "seed" if config.get("materialized") == "seed" else "model"
    return {
        "name": name,
        "resource_type": kind,
        "original_file_path": f"models/{name}.sql",
        "raw_code": code,
        "depends_on": {"nodes": reads},
        "config": {"materialized": "keyed", **config},
    }


STAGING = node("stg_visits", ["source.raw.visit"], "v._seq, v._next_seq", materialized="view")
BLIND = node("stg_blind", ["source.raw.visit"], "v._seq", materialized="view")
RULES = node("rules", [], materialized="seed")
JOINED = node("joined", ["stg_visits", "rules"], materialized="ephemeral")
FOLLOWED = {"stg_visits": "visit_id"}


@pytest.mark.parametrize(
    ("reads", "config", "fault"),
    [
        (["stg_visits"], {}, "models/table.sql reads stg_visits and does not follow it"),
        (["joined"], {"follows": FOLLOWED}, "models/table.sql reads the seed rules"),
        (
            ["joined"],
            {"reads_as_rule": ["rules"]},
            "models/table.sql reads stg_visits and does not follow it",
        ),
        (["stg_blind"], {"follows": {"stg_blind": "a"}}, "follows stg_blind, which shows no _next"),
        ([], {"follows": FOLLOWED}, "models/table.sql names stg_visits and does not read it"),
        (["stg_visits"], {"follows": FOLLOWED, "reads_as_rule": ["rules"]}, "names rules"),
        (
            ["stg_visits"],
            {"follows": {"stg_visits": [{"through": "other", "on": {"a": "b"}}]}},
            "finds stg_visits through other, which it does not follow",
        ),
        (["source.raw.visit"], {"follows": {}}, "reads source.raw.visit itself"),
        (["stg_visits"], {"materialized": "sums", "follows": "other"}, "does not follow it"),
    ],
)
def test_what_would_be_missed_is_named(
    reads: list[str], config: dict[str, Any], fault: str
) -> None:
    nodes = {n["name"]: n for n in [STAGING, BLIND, RULES, JOINED, node("table", reads, **config)]}
    with pytest.raises(NotFollowed, match=fault):
        check_follows({"nodes": nodes})


def test_a_table_that_follows_all_it_reads_passes() -> None:
    table = node("table", ["joined"], follows=FOLLOWED, reads_as_rule=["rules"])
    sums = node("sums", ["table"], materialized="sums", follows="table")
    check_follows({"nodes": {n["name"]: n for n in [STAGING, RULES, JOINED, table, sums]}})
