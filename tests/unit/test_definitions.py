"""The code location: it loads anywhere, and the graph is the one committed in graph.txt.

A change of the graph is reviewed as a change of that file. To write it anew:

    .venv/bin/python -m tests.unit.test_definitions
"""

import json
import os
import re
import subprocess
import sys
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import yaml

from omni_pipeline.catalog import tables_of
from omni_pipeline.sources import source_names

REPOSITORY = Path(__file__).resolve().parents[2]
SNAPSHOT = Path(__file__).with_name("graph.txt")
REWRITE = ".venv/bin/python -m tests.unit.test_definitions"
TELEMETRY_OFF = "telemetry: {enabled: false}\n"
Graph = dict[str, Any]


def everything_set() -> dict[str, str]:
    """Every variable of .env.example, with values that would fail if importing used them."""
    names = re.findall(r"^#?([A-Z_]+)=", (REPOSITORY / ".env.example").read_text(), re.M)
    values = dict.fromkeys(names, "1")
    values |= {name: "postgresql://nobody@127.0.0.1:1/none" for name in names if "_URL" in name}
    values |= {name: "Europe/Moscow" for name in names if name.endswith("_TIMEZONE")}
    return values


def load(environment: Mapping[str, str], folder: Path) -> Graph:
    """The graph as a fresh process with exactly this environment sees it."""
    program = f"import sys; sys.path.insert(0, {str(REPOSITORY)!r})\n" + (
        "import json, tests.graph; print(json.dumps(tests.graph.describe()))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=folder,
        env=dict(environment),
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, f"the definitions do not load:\n{done.stderr[-2000:]}"
    graph: Graph = json.loads(done.stdout)
    return graph


def lines_of(graph: Graph) -> list[str]:
    """One line per asset: key · group · dependencies · jobs that contain it."""
    cadence = {
        key: [name for name, job in graph["jobs"].items() if key in job["assets"]]
        for key in graph["assets"]
    }
    return [
        f"{key} · {asset['group']} · {', '.join(asset['deps']) or '-'}"
        f" · {', '.join(cadence[key]) or '-'}"
        for key, asset in graph["assets"].items()
    ]


@pytest.fixture(scope="module")
def graphs(tmp_path_factory: pytest.TempPathFactory) -> list[Graph]:
    """With nothing set, with everything set, with the telephone exchange alone; far from here."""
    folder = tmp_path_factory.mktemp("elsewhere")
    exchange = {"CEL_DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none"}
    with ThreadPoolExecutor() as pool:
        return list(pool.map(load, [{}, everything_set(), exchange], [folder] * 3))


@pytest.fixture(scope="module")
def bare(graphs: list[Graph]) -> Graph:
    return graphs[0]


@pytest.fixture(scope="module")
def full(graphs: list[Graph]) -> Graph:
    return graphs[1]


def raw_keys(source: str) -> set[str]:
    return {"/".join(table.address) for table in tables_of(source)}


def test_the_graph_is_the_committed_one(full: Graph) -> None:
    assert SNAPSHOT.read_text().splitlines() == lines_of(full), (
        f"the graph changed; if that is meant, run {REWRITE} and commit graph.txt"
    )


def test_the_environment_changes_no_asset(bare: Graph, full: Graph) -> None:
    def shape(graph: Graph) -> dict[str, Any]:
        varying = ("freshness",)
        return {
            key: {name: value for name, value in asset.items() if name not in varying}
            for key, asset in graph["assets"].items()
        }

    assert shape(bare) == shape(full)


def test_raw_assets_are_the_declared_tables(full: Graph) -> None:
    declared = {key for source in source_names() for key in raw_keys(source)}
    assert {key for key in full["assets"] if key.startswith("raw_")} == declared
    groups = {full["assets"][key]["group"] for key in declared}
    assert groups == {f"raw_{source}" for source in source_names()}


def test_no_asset_depends_on_something_unknown(full: Graph) -> None:
    known = {*full["assets"], *full["external"]}
    for key, asset in full["assets"].items():
        unknown = set(asset["deps"]) - known
        assert not unknown, f"{key} depends on {unknown}, which nothing makes"
    assert full["external"] == ["ops/bound", "ops/hours_again"], (
        "a wrong key in deps or sources makes a phantom"
    )


def test_every_asset_is_presented(full: Graph) -> None:
    for key, asset in full["assets"].items():
        assert asset["owners"], f"{key}: say who owns it"
        assert len(asset["description"].split()) > 3, f"{key}: describe grain and meaning"
        assert len(asset["kinds"]) > 1, f"{key}: say its kinds"
        assert asset["group"] not in ("", "default"), f"{key}: give it a group"


def test_jobs_schedules_and_sensor(full: Graph) -> None:
    assert set(full["jobs"]) == {"run_hourly", "reconcile_sources", "reconcile_loyalty"}
    assert all(job["in_process"] for job in full["jobs"].values()), "imports cost 7 s per step"
    timetable = {(s["job"], s["cron"], s["zone"]) for s in full["schedules"].values()}
    assert timetable == {
        ("run_hourly", "0 * * * *", "UTC"),
        ("reconcile_sources", "30 0 * * *", "UTC"),
    }
    assert {s["job"] for s in full["sensors"].values()} == {"reconcile_loyalty"}
    for automation in [*full["schedules"].values(), *full["sensors"].values()]:
        assert automation["running"], "what is defined runs from the first start"


def test_the_hourly_job_takes_configured_sources_only(graphs: list[Graph]) -> None:
    bare, full, some = graphs
    everything = {key for source in source_names() for key in raw_keys(source)}
    hourly = set(bare["jobs"]["run_hourly"]["assets"])
    assert not hourly & everything, "an unset source must stay out of the hourly job"
    assert "marts/bl_customer_profile" in hourly, "marts are built whatever is configured"
    assert everything <= set(full["jobs"]["run_hourly"]["assets"])
    selected = {key for key in some["jobs"]["run_hourly"]["assets"] if key in everything}
    assert selected == raw_keys("cel")


def test_dbt_tests_are_checks(full: Graph) -> None:
    assert (
        "unique_bl_customer_profile_customer_uuid"
        in (full["assets"]["marts/bl_customer_profile"]["checks"])
    )
    checked = [key for key in full["assets"] if key.startswith("marts/")]
    bare_marts = [key for key in checked if not full["assets"][key]["checks"]]
    assert bare_marts in ([], ["marts/data_as_of"]), f"{bare_marts}: test at least the key"
    assert full["assets"]["loyalty/discrepancy"]["checks"] == ["ledger_is_consistent"]


def test_wrong_credit_stops_a_run(full: Graph) -> None:
    """Checks of fct_attribution that block what follows; the hourly one is in the hourly job."""
    blocking = full["assets"]["marts/fct_attribution"]["blocking"]
    hourly, nightly = "assert_changed_credit_equals_revenue", "assert_credit_equals_revenue"
    assert {hourly, nightly} <= set(blocking)
    assert hourly in full["jobs"]["run_hourly"]["checks"]
    assert {hourly, nightly} <= set(full["jobs"]["reconcile_sources"]["checks"])
    assert "marts/fct_attribution" in full["assets"]["attribution/model_comparison"]["deps"]


def test_one_writer_per_source_and_one_dbt(full: Graph) -> None:
    for key, asset in full["assets"].items():
        schema = key.split("/")[0]
        expected = schema if schema.startswith(("raw_", "loyalty")) else "dbt"
        assert asset["pools"] == [expected], f"{key}: pool {expected!r} keeps it to one writer"
    dagster = yaml.safe_load((REPOSITORY / "docker" / "dagster.yaml").read_text())
    assert dagster["concurrency"]["pools"] == {"default_limit": 1, "granularity": "op"}


def test_raw_assets_are_retried_and_watched(full: Graph, bare: Graph) -> None:
    for key in (key for source in source_names() for key in raw_keys(source)):
        assert full["assets"][key]["retries"] >= 1, f"{key}: a source may be away for a moment"
        # A policy sees materializations, and a table that vanished is "materialized" all the same.
        assert not full["assets"][key]["freshness"], f"{key}: its source's check says how old it is"
    assert full["assets"]["loyalty/discrepancy"]["freshness"], "some asset says runs still end well"


def test_every_source_is_watched_every_hour(graphs: list[Graph]) -> None:
    bare, full, some = graphs
    hourly = full["jobs"]["run_hourly"]["checks"]
    for source in source_names():
        checks = [check for key in raw_keys(source) for check in full["assets"][key]["checks"]]
        assert "source_is_fresh" in checks, f"{source}: nobody notices when it is late"
        assert ("source_is_whole" in checks) == (source != "ads"), f"{source}: is it whole?"
    assert hourly.count("source_is_fresh") == 9
    assert hourly.count("source_is_whole") == 6
    assert some["jobs"]["run_hourly"]["checks"].count("source_is_whole") == 1
    assert "source_is_whole" not in bare["jobs"]["run_hourly"]["checks"]


def test_the_workspace_loads(tmp_path: Path) -> None:
    (tmp_path / "dagster.yaml").write_text(TELEMETRY_OFF)
    program = str(Path(sys.executable).with_name("dagster"))
    done = subprocess.run(
        [program, "definitions", "validate", "-w", str(REPOSITORY / "workspace.yaml")],
        cwd=tmp_path,
        env={"DAGSTER_HOME": str(tmp_path), "PATH": os.defpath},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert "Validation successful for code location omni_pipeline" in done.stdout + done.stderr


if __name__ == "__main__":
    SNAPSHOT.write_text("\n".join(lines_of(load(everything_set(), REPOSITORY))) + "\n")
