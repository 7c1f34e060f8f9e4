"""Every command and query of README.md runs as printed after the demo, or says here why not.

README.ru.md has the same ones (tests/unit/test_readme.py).
"""

import re
import subprocess

import pytest

from tests.command import OMNI, REPOSITORY
from tests.e2e.conftest import Demo

README = (REPOSITORY / "README.md").read_text()
FENCE = re.compile(r"^ *```(\w*)\n(.*?)^ *```$", re.M | re.S)
BLOCKS: list[tuple[str, str]] = FENCE.findall(README)
CALLS = re.compile(r"(?:omni|make|cp|eval|\.venv/bin/\w+)(?: |$)")
ELSEWHERE = "tests/e2e/test_chain.py runs it"
NOT_RUN = {
    "make demo": "the fixture is what it calls",
    'make demo DEMO_ARGUMENTS="--people 500 --days 30 --seed 7"': "the fixture has other arguments",
    "make test": "this is a part of it",
    "make dev": "tests/e2e/test_ui.py runs what it calls",
    "omni dev": "tests/e2e/test_ui.py runs it",
    "omni dev --port …": "tests/e2e/test_ui.py runs it",
    "make setup": "it would change the environment of the tests",
    "make clean": "it would remove the environment of the tests",
    "cp .env.example .env": "it would change the checkout",
    "omni run": ELSEWHERE,
    "omni run [--job reconcile_sources]": ELSEWHERE,
    "omni run --from 2026-11-20T00 --to 2026-11-21T00": ELSEWHERE,
    "omni sandbox advance --hours 3": ELSEWHERE,
    "omni stop": "tests/integration/test_home.py runs it",
    "omni stop --force": "tests/integration/test_home.py runs it",
    '.venv/bin/omni sql "…"': "a pattern",
    ".venv/bin/omni": "a name",
    "omni": "a name",
    "omni explain": "a name",
    "omni explain cell <cell_id>": "a pattern; the summary of a demo names one, which is run",
    'omni explain day 2026-11-20 channel "Paid Search"': "as the last: days are a demo's own",
    "omni sql": "a name",
    "omni demo": "the fixture runs it",
}
NOT_RUN_BLOCKS = {"─────": "a picture", "create role omni_reader": "rights in a source of your own"}


def without_comments(line: str) -> str:
    return re.sub(r"\s+#\s.*$", "", line).strip()


def calls() -> list[str]:
    """Commands in code spans, in shell blocks, and after the prompt of a transcript."""
    spans = re.findall(r"`([^`\n]+)`", FENCE.sub("", README))
    found = [span for span in spans if CALLS.match(span)]
    for language, content in BLOCKS:
        lines = content.splitlines()
        found += [without_comments(line) for line in lines if language == "sh" and line.strip()]
        found += [line[2:] for line in lines if line.startswith("$ ")]
    return list(dict.fromkeys(found))


def queries() -> list[str]:
    """Statements of SQL blocks, and those in code spans."""
    spans = re.findall(r"`(select [^`\n]+)`", FENCE.sub("", README))
    blocks = [content for language, content in BLOCKS if language == "sql"]
    shown = [text for text in blocks if not any(mark in text for mark in NOT_RUN_BLOCKS)]
    return [query.strip() for text in shown for query in text.split(";") if query.strip()] + spans


@pytest.fixture
def on_the_demo(demo: Demo) -> Demo:
    """`omni sql` looks at what was built last, which other tests change."""
    (demo.omni.home / "database").write_text("demo")
    return demo


def run(demo: Demo, command: str) -> str:
    done = subprocess.run(
        ["/bin/bash", "-c", command],
        cwd=REPOSITORY,
        env={
            **demo.omni.environment({}),
            "PATH": f"{OMNI.parent}:/usr/bin:/bin",
        },
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
    )
    assert done.returncode == 0, f"{command}: {done.stderr}"
    return done.stdout


def test_every_block_is_run_or_excused() -> None:
    assert len(BLOCKS) > 4
    for language, content in BLOCKS:
        runs = language in ("sh", "sql") or "\n$ " in f"\n{content}"
        assert runs or any(mark in content for mark in NOT_RUN_BLOCKS), content
    unknown = set(NOT_RUN) - set(calls()) - {"omni demo"}
    assert not unknown, f"README no longer says {unknown}"


@pytest.mark.parametrize("command", [call for call in calls() if call not in NOT_RUN])
def test_a_command_runs(on_the_demo: Demo, command: str) -> None:
    said = run(on_the_demo, command)
    assert said or command.startswith("eval "), f"{command} says nothing"


@pytest.mark.parametrize("query", queries())
def test_a_query_finds_something(on_the_demo: Demo, query: str) -> None:
    rows = on_the_demo.omni.done("sql", "--csv", query).splitlines()[1:]
    # What was refused in the demo is not there: the invented shop has a rate for each currency.
    assert rows or "conversion_quarantine" in query


def test_the_commands_of_the_summary_run(on_the_demo: Demo) -> None:
    end = on_the_demo.said.split("Where to look next\n")[1]
    told = [re.split(r"\s{3,}", line.strip())[0] for line in end.splitlines() if "  " in line]
    moves = {"make dev", "omni sandbox advance --hours 3 && omni run", "omni stop"}
    kinds = ("order:", '"+7', "cell ", "day ")
    for kind in (*(f"omni explain {kind}" for kind in kinds), "omni sql "):
        assert any(command.startswith(kind) for command in told), f"no {kind}… in {told}"
    for command in told:
        if command not in moves:
            assert len(run(on_the_demo, command).splitlines()) > 1, command
