"""The command line as declared: help, examples, refusals before anything starts."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from omni_pipeline.command.cli import main, omni
from omni_pipeline.command.cli.running import JOBS

CALLS = {
    "run --job hourly": "--job",
    "run --from 2026-05-01T10": "--from and --to",
    "run --from 2026-05-01T10:30 --to 2026-05-02": "full hour",
    "run --from yesterday --to 2026-05-02": "yesterday",
    "run --from 0001-01-01T00+03:00 --to 2026-05-02": "hour",
    "demo --people 0": "--people",
    "demo --people -5": "--people",
    "demo --people many": "--people",
    "demo --people 99999999999": "--people",
    "demo --days 0": "--days",
    "demo --days 1.5": "--days",
    "demo --seed -1": "--seed",
    "demo --seed 9999999999999999999999": "--seed",
    "dev --port 0": "--port",
    "dev --port 65536": "--port",
    "dev --port http": "--port",
    "sandbox advance --hours -3": "--hours",
    "sandbox advance --hours 0": "--hours",
    "sandbox advance --hours 1e9": "--hours",
    "sandbox serve": "--port",
    "sandbox serve --port -1": "--port",
    "sandbox": "sandbox",
    "sql --csv --expanded x": "--csv and --expanded",
    "sql --cvs": "--cvs",
    "sql ": "no query",
    "sql --model fct_touch --csv": "--model",
    "sql --model fct_tuoch": "did you mean fct_touch",
    "sql --model marts.fct_touch": "did you mean fct_touch",
    "explain day 2026-05-01": "{channel}",
    "explain day 1.5.2026 channel Email": "1.5.2026",
    "explain day 2026-05-01 source yandex": "'channel'",
    "explain day 2026-05-01 channel Email --basis lead_date": "--basis",
    "explain cell": "CELL_ID",
    "explain": "IDENTIFIER",
    "explain a b c": "c",
    "stop --delete": "--delete",
    "frobnicate": "frobnicate",
}


def verbs(group: click.Group, name: str = "omni") -> Iterator[tuple[str, click.Command]]:
    yield name, group
    for command in group.commands.values():
        if isinstance(command, click.Group):
            yield from verbs(command, f"{name} {command.name}")
        else:
            yield f"{name} {command.name}", command


def test_every_verb_has_an_example_and_every_option_a_help() -> None:
    for name, command in verbs(omni):
        assert "Example" in (command.help or ""), f"{name} has no example"
        assert f"{name}" in (command.help or "").split("Example")[1], (
            f"the example of {name} does not call it"
        )
        for option in command.params:
            if isinstance(option, click.Option):
                assert option.help, f"{name} {option.opts[-1]} has no help"


@pytest.mark.parametrize("call", list(CALLS))
def test_a_wrong_call_is_one_sentence_and_starts_nothing(
    call: str,
    capfd: pytest.CaptureFixture[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("OMNI_HOME", str(tmp_path / "home"))
    arguments = [*call.split(), ""] if call.endswith(" ") else call.split()
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    said = capfd.readouterr()
    assert ended.value.code == 2
    assert CALLS[call] in said.err
    if call != "sandbox":  # a group alone shows its verbs
        assert said.out == ""
        assert said.err.startswith("omni: ")
        assert len(said.err.splitlines()) == 1
    assert not (tmp_path / "home").exists()


def test_the_jobs_are_those_of_the_automation() -> None:
    from omni_pipeline.automation import defs

    assert {job.name for job in defs.jobs or []} == set(JOBS)


def test_help_and_version_load_nothing_slow() -> None:
    program = (
        "import sys, omni_pipeline.command.cli\n"
        "slow = {'dagster', 'psycopg', 'pandas', 'dbt', 'requests'} & set(sys.modules)\n"
        "assert not slow, slow"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
    omni_program = Path(sys.executable).with_name("omni")
    said = subprocess.run([omni_program, "--version"], capture_output=True, text=True, check=True)
    assert said.stdout.startswith("omni, version ")


def test_the_shell_completes_verbs_and_options() -> None:
    import os

    omni_program = Path(sys.executable).with_name("omni")
    for words, wanted in (("omni ex", "explain"), ("omni run --j", "--job")):
        asked = {"_OMNI_COMPLETE": "bash_complete", "COMP_WORDS": words, "COMP_CWORD": "1"}
        if words.count(" ") == 2:
            asked["COMP_CWORD"] = "2"
        said = subprocess.run(
            [omni_program], capture_output=True, text=True, env={**os.environ, **asked}
        )
        assert wanted in said.stdout, said
