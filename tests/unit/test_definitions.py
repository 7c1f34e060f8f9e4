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

from omni_pipeline.dbt.tests import audits, guards
from omni_pipeline.instance.located import LOCATION
from omni_pipeline.sources import source_names
from omni_pipeline.sources.catalog import tables_of

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
    values |= {"OMNI_STATISTICS_SINCE": "2026-01-31"}
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


def test_no_step_waits_for_a_view_that_stands(full: Graph) -> None:
    """Hourly runs leave such views alone, and Dagster leaves out what depends on them."""
    nodes = json.loads((REPOSITORY / "dbt_project/target/manifest.json").read_text())["nodes"]
    models = {f"{n['schema']}/{n['alias']}": n for n in nodes.values() if "compiled_path" in n}
    standing = {
        key
        for key, node in models.items()
        if node["config"]["materialized"] == "view"
        and node["path"].startswith(("marts", "staging"))
    }
    assert "marts/data_as_of" in standing
    for key, asset in full["assets"].items():
        if key not in models and not key.startswith("audit/"):
            waits = standing & set(asset["deps"])
            assert not waits, f"{key} depends on {waits}: name the tables below"


def test_no_asset_depends_on_something_unknown(full: Graph) -> None:
    known = {*full["assets"], *full["external"]}
    for key, asset in full["assets"].items():
        unknown = set(asset["deps"]) - known
        assert not unknown, f"{key} depends on {unknown}, which nothing makes"
    assert full["external"] == [
        *("ops/active_hour", "ops/batch", "ops/bound", "ops/hours_again", "ops/publication"),
    ], "a wrong key in deps or sources makes a phantom"
    assert set(full["external_groups"]) == {"bookkeeping"}


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


def test_checks_are_few_and_say_what_they_hold(full: Graph) -> None:
    for key, asset in full["assets"].items():
        assert len(asset["checks"]) <= 5, f"{key}: others are dbt tests inside dbt"
        for name, description in asset["checks"].items():
            assert len(description.split()) > 5, f"{key}, {name}: say what it holds"
            assert "{" not in description, f"{key}, {name}: that is code"
    assert list(full["assets"]["loyalty/discrepancy"]["checks"]) == ["ledger_is_consistent"]


def test_what_a_job_builds_it_checks(full: Graph) -> None:
    """A check that a run of its asset leaves out is grey until the run that does not."""
    for name, job in full["jobs"].items():
        for key in job["assets"]:
            missing = full["assets"][key]["checks"].keys() - set(job["checks"])
            assert not missing, f"{name} makes {key} without {missing}"


def test_every_test_is_run_by_somebody() -> None:
    """Keys of all marts are tested, and what only warns is a check: it fails no run."""
    manifest = json.loads((REPOSITORY / "dbt_project/target/manifest.json").read_text())
    nodes = manifest["nodes"].values()
    tests = [node for node in nodes if node["resource_type"] == "test"]
    tested = {parent for test in tests for parent in test["depends_on"]["nodes"]}
    marts = {
        node["unique_id"]
        for node in nodes
        if node["resource_type"] == "model" and "/marts/" in node["original_file_path"]
    }
    assert marts - tested <= {"model.omni_pipeline.data_as_of"}, "test at least the key"
    audited = [test["unique_id"] for area in audits(manifest).values() for test in area]
    told = {*guards(manifest), *audited}
    for test in tests:
        if test["config"]["severity"].lower() == "warn":
            assert test["unique_id"] in told, f"{test['name']} warns nobody"
        if "test_metadata" not in test:
            assert test["unique_id"] in told, f"{test['name']}: is it a guard or an audit?"


def test_wrong_credit_stops_a_run(full: Graph) -> None:
    """What this run wrote is guarded before anything follows from it; the whole is audited."""
    guard = "assert_changed_credit_equals_revenue"
    assert full["assets"]["marts/fct_attribution_daily"]["blocking"] == [guard]
    assert all(guard in full["jobs"][job]["checks"] for job in ("run_hourly", "reconcile_sources"))
    assert "marts/fct_attribution_daily" in full["assets"]["attribution/model_comparison"]["deps"]
    assert "assert_credit_equals_revenue" in full["assets"]["audit/credit"]["checks"]
    assert "marts/fct_attribution" in full["assets"]["audit/credit"]["deps"]
    assert "audit/credit" in full["jobs"]["reconcile_sources"]["assets"]
    assert "audit/credit" not in full["jobs"]["run_hourly"]["assets"]


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
        is_folder = source in ("ads", "onec")  # files come and go: none of them is owed
        assert ("source_is_whole" in checks) != is_folder, f"{source}: is it whole?"
    assert hourly.count("source_is_fresh") == 10
    assert hourly.count("source_is_whole") == 6
    assert some["jobs"]["run_hourly"]["checks"].count("source_is_whole") == 1
    assert "source_is_whole" not in bare["jobs"]["run_hourly"]["checks"]


def test_runs_of_the_command_are_of_the_location_that_the_workspaces_name() -> None:
    for path in ("workspace.yaml", "docker/workspace.yaml"):
        (entry,) = yaml.safe_load((REPOSITORY / path).read_text())["load_from"]
        (location,) = entry.values()
        assert location["location_name"] == LOCATION
    assert f'"--location-name", "{LOCATION}"' in (REPOSITORY / "docker/Dockerfile").read_text()


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
