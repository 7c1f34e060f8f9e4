"""`omni demo` killed at random moments of its first seconds, on a clean home, then run again.

OMNI_TORTURE_KILLS kills (40), the half of them on homes of their own and answered by `omni sql`,
the others one after the other on one home, which a whole demo then has to bring to its end.
"""

import os
import random
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.command import REPOSITORY, Omni

KILLS = int(os.environ.get("OMNI_TORTURE_KILLS", "40"))
SEED = int(os.environ.get("OMNI_TORTURE_SEED", "1"))
DEMO = ("demo", "--people", "40", "--days", "5")
FIRST, SECONDS = 4.0, 20.0
PARSED = REPOSITORY / "dbt_project" / "target"


@pytest.fixture
def omni() -> Iterator[Omni]:
    command = Omni()
    command.home.rmdir()
    yield command
    command.remove()


def killed(omni: Omni, seconds: float, sent: signal.Signals) -> str:
    """What `omni demo` said until it was killed."""
    process = omni.start(*DEMO)
    time.sleep(seconds)
    process.send_signal(sent)
    said, _ = process.communicate()
    assert process.returncode in (-signal.SIGKILL, 130, 0), said
    assert "Traceback" not in said, said
    return said.strip().splitlines()[-1] if said.strip() else ""


def moments(upto: float, many: int, name: str) -> Iterator[tuple[float, signal.Signals]]:
    rng = random.Random(f"{SEED}:{name}")
    for _ in range(many):
        yield rng.uniform(0.0, upto), rng.choice([signal.SIGKILL, signal.SIGINT])


def test_a_first_start_killed_anywhere_can_be_repeated() -> None:
    for seconds, sent in moments(FIRST, KILLS // 2, "homes"):
        omni = Omni()
        omni.home.rmdir()
        said = killed(omni, seconds, sent)
        print(f"{sent.name} after {seconds:.2f} s: {said!r}", flush=True)
        assert omni.done("sql", "--csv", "select 7 as n").split() == ["n", "7"]
        omni.remove()


def test_a_demo_killed_again_and_again_comes_to_its_end(omni: Omni) -> None:
    for parsed in (PARSED / "manifest.json", PARSED / "partial_parse.msgpack"):
        Path(parsed).unlink(missing_ok=True)  # dbt's first parse is a part of it
    for seconds, sent in moments(SECONDS, KILLS // 2, "demo"):
        print(f"{sent.name} after {seconds:.2f} s: {killed(omni, seconds, sent)!r}", flush=True)
    assert not omni.left_behind()
    said = omni.done(*DEMO)
    assert said.count(" equal\n") == 6
    assert "DIFFERS" not in said
