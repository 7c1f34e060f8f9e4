"""What dbt's messages say of tests, and what becomes of them in a run."""

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import dagster as dg
import pytest
from dagster_dbt.core.dbt_cli_event import DbtCoreCliEventMessage
from dagster_dbt.errors import DagsterDbtCliRuntimeError

from omni_pipeline.dbt.checks import UNIQUE_ID, told
from omni_pipeline.dbt.tests import about, result

TABLE = dg.AssetKey(["marts", "fct_touch"])


def message(name: str, status: str, rows: int = 0, kind: str = "LogTestResult") -> dict[str, Any]:
    """A message of dbt's log, as much of it as is read."""
    node = {"unique_id": f"test.shop.{name}", "node_name": name, "node_status": status}
    return {
        "info": {"name": kind, "msg": name, "invocation_id": "1"},
        "data": {"node_info": node, "status": status, "num_failures": rows},
    }


@pytest.mark.parametrize(
    ("status", "failed", "said"),
    [
        ("pass", False, "dbt test unique_a found 0 rows"),
        ("warn", False, "dbt test unique_a found 3 rows"),
        ("fail", True, "dbt test unique_a found 3 rows"),
        ("error", True, "dbt test unique_a could not run"),
    ],
)
def test_a_result_is_read(status: str, failed: bool, said: str) -> None:
    read = result(message("unique_a", status, 0 if status == "pass" else 3))
    assert read is not None
    assert (read.failed, str(read)) == (failed, said)
    assert result(message("unique_a", status, kind="LogStartLine")) is None


def test_a_test_is_described_by_its_first_comment() -> None:
    code = "-- Each touch once,\n-- and no more.\n{{ config() }}\n-- not this\nselect 1"
    assert about({"raw_code": code}) == "Each touch once, and no more."
    assert about({"raw_code": code, "description": "Said elsewhere."}) == "Said elsewhere."
    assert about({"raw_code": "select 1 -- of all"}) == ""


class Running:
    """A dbt that says these messages and ends with an error if a test failed."""

    target_path = Path("/nowhere")

    def __init__(self, *messages: dict[str, Any]) -> None:
        self.messages = messages
        nodes = {
            node["unique_id"]: {
                "name": node["node_name"],
                "unique_id": node["unique_id"],
                "resource_type": "test",
                "depends_on": {"nodes": ["model.shop.fct_touch"]},
                "attached_node": "model.shop.fct_touch",
                "config": {"meta": {}},
            }
            for node in (message["data"]["node_info"] for message in messages)
        }
        nodes["model.shop.fct_touch"] = {
            "name": "fct_touch", "unique_id": "model.shop.fct_touch", "resource_type": "model",
            "config": {"schema": "marts", "meta": {}}, "meta": {}, "fqn": ["shop", "fct_touch"],
            "depends_on": {"nodes": []}, "description": "", "tags": [], "columns": {},
            "original_file_path": "models/fct_touch.sql", "raw_code": "", "schema": "marts",
            "alias": "fct_touch", "database": "shop", "checksum": {"checksum": "1"},
        }  # fmt: skip
        self.manifest = {"nodes": nodes, "sources": {}, "metadata": {"project_name": "shop"}}

    def stream_raw_events(self) -> Iterator[DbtCoreCliEventMessage]:
        for said in self.messages:
            yield DbtCoreCliEventMessage(raw_event=said, event_history_metadata={})
        if any(said["data"]["status"] in ("fail", "error") for said in self.messages):
            raise DagsterDbtCliRuntimeError("dbt ended with 1")


def events(*messages: dict[str, Any]) -> Iterator[Any]:
    """Events of a run whose one check is the test `guard`."""
    check = dg.AssetCheckSpec("guard", asset=TABLE, metadata={UNIQUE_ID: "test.shop.guard"})
    context: Any = SimpleNamespace(
        selected_asset_check_keys={check.key},
        selected_asset_keys={TABLE},
        has_assets_def=True,
        assets_def=SimpleNamespace(
            get_upstream_input_keys=lambda _: set(), get_checks_targeting_keys=lambda _: set()
        ),
    )
    models: Any = SimpleNamespace(check_specs=[check])
    running: Any = Running(*messages)
    return told(context, running, models)


def test_only_checks_are_told() -> None:
    """dagster-dbt would report any other test as an observation of each table it reads."""
    (one,) = events(message("guard", "pass"), message("not_null_a", "pass"))
    assert isinstance(one, dg.AssetCheckResult)
    assert (one.check_name, one.passed) == ("guard", True)


def test_a_failed_test_that_is_no_check_fails_the_run_by_its_name() -> None:
    with pytest.raises(dg.Failure) as failed:
        list(events(message("guard", "pass"), message("not_null_a", "fail", 2)))
    assert failed.value.description == "dbt test not_null_a found 2 rows"


def test_of_many_failed_tests_the_first_are_named() -> None:
    with pytest.raises(dg.Failure) as failed:
        list(events(*(message(f"unique_{n}", "fail", 1) for n in range(300))))
    said = failed.value.description or ""
    assert said.startswith("dbt test unique_0 found 1 rows; ")
    assert said.endswith("; and 295 more")


def test_a_failed_guard_is_told_and_fails_the_run() -> None:
    running = events(message("guard", "fail", 1), message("not_null_a", "error"))
    told = next(running)
    assert (told.passed, told.severity) == (False, dg.AssetCheckSeverity.ERROR)
    with pytest.raises(dg.Failure) as failed:
        list(running)
    assert failed.value.description == (
        "dbt test guard found 1 rows; dbt test not_null_a could not run"
    )
