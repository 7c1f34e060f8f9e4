"""The night's audit tells every test as a check; what is no warning fails the run by its name."""

from types import SimpleNamespace
from typing import Any

import dagster as dg

from omni_pipeline.dbt.audit import assets
from omni_pipeline.dbt.resource import Dbt
from omni_pipeline.warehouse.resource import Warehouse

WRONG, WARNED, ABSENT = (
    "assert_credit_equals_revenue",
    "assert_leads_have_a_source",
    "assert_order_path_adds_up",
)
NAMES = {test["name"]: test for tests in assets.AREAS.values() for test in tests}


class Said(Dbt):
    """A dbt that says this of the tests, and nothing of those with ''."""

    status: dict[str, str]

    def start(self, *_: Any, **__: Any) -> Any:
        said = [
            {
                "info": {"name": "LogTestResult"},
                "data": {
                    "node_info": {"unique_id": test["unique_id"], "node_name": name},
                    "status": self.status.get(name, "pass"),
                    "num_failures": 3,
                },
            }
            for name, test in NAMES.items()
            if self.status.get(name, "pass")
        ]
        return SimpleNamespace(
            stream_raw_events=lambda: [SimpleNamespace(raw_event=event) for event in said]
        )


def audited(url: str, **status: str) -> dg.ExecuteInProcessResult:
    """A run of the audit with such a dbt."""
    return dg.materialize(
        [assets.audit],
        resources={"dbt": Said(url=url, status=status), "warehouse": Warehouse(url=url)},
        raise_on_error=False,
    )


def said_by(result: dg.ExecuteInProcessResult) -> str:
    """What the failed step said."""
    (failure,) = [event for event in result.all_events if event.is_step_failure]
    data = failure.step_failure_data.user_failure_data
    return data.description or "" if data else ""


def test_each_is_a_check(empty_database_url: str) -> None:
    result = audited(empty_database_url, **{WARNED: "warn"})
    assert result.success, "a warning fails no run"
    told = {check.check_name: check for check in result.get_asset_check_evaluations()}
    assert told.keys() == NAMES.keys()
    assert [name for name, check in told.items() if not check.passed] == [WARNED]
    assert told[WARNED].severity == dg.AssetCheckSeverity.WARN


def test_what_failed_is_named(empty_database_url: str) -> None:
    result = audited(empty_database_url, **{WRONG: "fail", WARNED: "warn"})
    assert not result.success
    assert said_by(result) == f"dbt test {WRONG} found 3 rows"
    told = {check.check_name: check for check in result.get_asset_check_evaluations()}
    assert told[WRONG].severity == dg.AssetCheckSeverity.ERROR
    assert not told[WRONG].passed


def test_no_result_is_no_success(empty_database_url: str) -> None:
    result = audited(empty_database_url, **{ABSENT: ""})
    assert not result.success
    assert said_by(result) == "dbt ended before all tests had run"
