"""Starting and ending on one machine: nothing configured, two UIs, and ends that are refused."""

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from omni_pipeline.command.cli import alive
from omni_pipeline.postgres import EmbeddedPostgres
from tests.command import OMNI, Omni

RUNS = """
    create schema dagster;
    create table dagster.runs (run_id text, status text);
    create table dagster.run_tags (run_id text, key text, value text);
"""


@pytest.fixture(scope="module")
def omni() -> Iterator[Omni]:
    command = Omni()
    command.done("sql", "select 1")
    yield command
    command.remove()


@pytest.fixture
def home() -> Iterator[Path]:
    """A place where a home may be made."""
    folder = Path(tempfile.mkdtemp(prefix="omni-place-", dir="/tmp"))
    folder.chmod(0o755)
    yield folder / "home"
    EmbeddedPostgres(folder / "home").stop()
    shutil.rmtree(folder)


def refused(omni: Omni, *arguments: str, **settings: str) -> str:
    finished = omni.run(*arguments, **settings)
    assert finished.returncode == 2, finished
    (line,) = finished.stderr.splitlines()
    assert line.startswith("omni: ")
    return line


@pytest.mark.parametrize("verb", ["run", "run --job reconcile_sources"])
def test_nothing_configured_starts_nothing(omni: Omni, home: Path, verb: str) -> None:
    said = refused(omni, *verb.split(), OMNI_HOME=str(home))
    assert "no source is configured" in said
    assert "BITRIX_DATABASE_URL" in said
    assert "CRM_WEBHOOK_URL" in said
    assert not home.exists()


def test_nothing_configured_leaves_a_stopped_server_stopped(omni: Omni) -> None:
    server = EmbeddedPostgres(omni.home)
    server.stop()
    before = sorted(omni.home.iterdir())
    assert "no source is configured" in refused(omni, "run")
    assert not server.running()
    assert sorted(omni.home.iterdir()) == before
    server.start()
    refused(omni, "run")
    assert server.running(), "nor does it stop one that ran"


def test_a_malformed_variable_starts_nothing(omni: Omni, home: Path) -> None:
    for name, value in (
        ("BITRIX_TIMEZONE", "Moscow"),
        ("OMNI_EMBEDDED_PORT", "high"),
        ("DBT_THREADS", "0"),
        ("ADS_SINCE", "yesterday"),
    ):
        url = "postgresql://reader@127.0.0.1:1/shop"
        said = refused(
            omni, "run", **{"OMNI_HOME": str(home), "BITRIX_DATABASE_URL": url, name: value}
        )
        assert said.startswith(f"omni: {name}: is not ")
    finished = omni.run("doctor", OMNI_HOME=str(home), CEL_TIMEZONE="Mars/Olympus")
    assert finished.returncode == 2
    assert finished.stdout.startswith("BAD  CEL_TIMEZONE: is not a time zone")
    assert not home.exists()


def test_a_second_omni_dev_is_refused_and_harms_nothing(omni: Omni) -> None:
    with alive.dev(omni.home):
        held = (omni.home / alive.DEV).read_text()
        said = refused(omni, "dev")
        assert f"process {os.getpid()}" in said
        assert (omni.home / alive.DEV).read_text() == held
    assert alive.dev_process(omni.home) is None, "a lock ends with its holder"


def test_stop_is_refused_while_a_run_is_under_way(omni: Omni) -> None:
    server = EmbeddedPostgres(omni.home)
    server.start()
    with alive.run(omni.home):
        assert "a run is under way" in refused(omni, "stop")
        assert "a run is under way" in refused(omni, "stop", "--delete-data", "--yes")
        assert server.running()
        omni.done("stop", "--force")
        assert not server.running()
    server.start()
    assert "stopped" in omni.done("stop")


def test_stop_is_refused_while_the_ui_runs_something(omni: Omni) -> None:
    omni.execute("warehouse", RUNS, "insert into dagster.runs values ('a', 'STARTED')")
    with alive.dev(omni.home):
        assert "a run of the UI is under way" in refused(omni, "stop")
        # Its process is gone: nobody is disturbed any more.
        omni.execute("warehouse", "insert into dagster.run_tags values ('a', 'omni/pid', '999999')")
        assert "omni dev is alive" in refused(omni, "stop", "--delete-data", "--yes")
        assert EmbeddedPostgres(omni.home).running()
    omni.execute("warehouse", "drop schema dagster cascade")


def test_deleting_asks_and_spares_what_is_not_ours(omni: Omni, home: Path) -> None:
    omni.done("sql", "select 1", OMNI_HOME=str(home))
    thesis, log = home / "thesis.odt", home / "logs" / "access.log"
    log.parent.mkdir()
    for path in (thesis, log):
        path.write_text("mine")
    assert "--yes" in refused(omni, "stop", "--delete-data", OMNI_HOME=str(home))
    assert (home / "postgres-18" / "PG_VERSION").exists()
    said = omni.done("stop", "--delete-data", "--yes", OMNI_HOME=str(home))
    assert str(thesis) in said
    assert str(log.parent) in said
    assert sorted(path for path in home.rglob("*") if path.is_file()) == [log, thesis]


def test_stub_systems_end_with_a_parent_that_was_killed_before_they_began(omni: Omni) -> None:
    """Asked for its parent by then, the system names another one, which lives for ever."""
    gone = subprocess.Popen(["/bin/true"])
    gone.wait()
    serving = omni.start("sandbox", "serve", "--port", "1", OMNI_SANDBOX_PARENT=str(gone.pid))
    serving.communicate(timeout=60)
    assert serving.returncode is not None
    assert not omni.left_behind()


@pytest.mark.parametrize("seconds", [0.15, 0.6])
def test_ctrl_c_is_130_and_one_line(omni: Omni, seconds: float) -> None:
    process = subprocess.Popen(
        [OMNI, "sql", "select pg_sleep(60)"],
        env=omni.environment({}),
        cwd="/",
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    time.sleep(seconds)
    os.killpg(process.pid, signal.SIGINT)
    said, _ = process.communicate(timeout=30)
    assert process.returncode == 130
    assert said.strip() == "omni: interrupted"
