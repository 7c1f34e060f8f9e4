"""Identity, hour by hour, equals a rebuild, row for row, whatever happened in between.

OMNI_REPLAY_SEED      first seed (default 1); a failure names the seeds of the worlds that differ
OMNI_REPLAY_WORLDS    how many worlds live side by side (default 60)
OMNI_REPLAY_BATCHES   how many batches (default 8)
OMNI_REPLAY_ROUNDS    how many times over, with new worlds (default 1)
OMNI_REPLAY_PLAN      seed of edits, crashes and the mixing of worlds (default: the first seed)
"""

import os
import random
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.replay import edits
from tests.replay.runner import Replay, break_off
from tests.replay.worlds import World, next_batch

FIRST_SEED = int(os.environ.get("OMNI_REPLAY_SEED", "1"))
WORLDS = int(os.environ.get("OMNI_REPLAY_WORLDS", "60"))
BATCHES = int(os.environ.get("OMNI_REPLAY_BATCHES", "8"))
ROUNDS = int(os.environ.get("OMNI_REPLAY_ROUNDS", "1"))
CRASHES = ("prefix", "connection", "prefix", "killed", "connection")


@contextmanager
def replaying(server_url: str, template: str) -> Iterator[Replay]:
    """A replay in folders of its own; both end with it."""
    folder = Path(tempfile.mkdtemp(prefix="omni-replay-"))
    replay = Replay(server_url, template, folder)
    try:
        yield replay
    finally:
        replay.close()
        shutil.rmtree(folder, ignore_errors=True)


def edit(replay: Replay, worlds: list[World], batch: int, chance: random.Random) -> str:
    """What people change before a batch. Most hours bring rows alone, as in life."""
    done: list[str] = []
    if batch % 6 == 2:
        done += [edits.block(replay, worlds, chance), edits.override(replay, worlds, chance)]
        done += [edits.lower(replay, chance)]
    elif batch % 6 == 4:
        done += [edits.release(replay, chance), edits.override(replay, worlds, chance)]
        done += [edits.higher(replay, chance)]
    elif batch % 6 == 0 and batch:
        done += [edits.reclassify(replay), edits.override(replay, worlds, chance)]
        edits.limit(replay, edits.LIMITS)
    return ", ".join(done) or "no edits"


@pytest.mark.parametrize("first", [FIRST_SEED + n * WORLDS for n in range(ROUNDS)])
def test_hours_add_up_to_a_rebuild(server_url: str, template_database: str, first: int) -> None:
    plan = int(os.environ.get("OMNI_REPLAY_PLAN", str(first)))
    chance = random.Random(plan)
    worlds = [World(seed) for seed in range(first, first + WORLDS)]
    story = [f"OMNI_REPLAY_SEED={first} OMNI_REPLAY_WORLDS={WORLDS} OMNI_REPLAY_PLAN={plan}"]

    def tell(line: str) -> None:
        story.append(f"{time.monotonic() - started:6.1f} s  {line}")
        print(story[-1])

    started = time.monotonic()
    with replaying(server_url, template_database) as replay:
        edits.limit(replay, edits.LIMITS)
        upcoming = next_batch(worlds, 0, chance)
        for batch in range(BATCHES):
            replay.land(upcoming)
            bound = replay.set_bound()
            tell(f"batch {batch}: bound {bound}, {edit(replay, worlds, batch, chance)}")
            upcoming = next_batch(worlds, batch + 1, chance)
            if batch % 3 == 2:
                # Ingestion does not wait: rows beyond the bound are there and must not be seen.
                replay.land(upcoming)
                upcoming = []
            if batch and replay.models:
                tell(break_off(replay, CRASHES[(batch - 1) % len(CRASHES)], chance))
                if chance.random() < 0.4:
                    # The broken run is not repeated on its own bound: the next hour takes over.
                    replay.land(upcoming)
                    upcoming = []
                    tell(f"the next hour comes instead: bound {replay.set_bound()}")
            replay.build()
            if batch == 3:
                before = replay.digest()
                replay.build()
                changed = [
                    name for name, digest in replay.digest().items() if digest != before[name]
                ]
                assert not changed, (
                    f"a second run on the same bound changed {changed}\n" + "\n".join(story)
                )
            if batch % 2 or batch == BATCHES - 1:
                found = replay.differences_to_rebuild(by_flag=batch % 4 == 3)
                tell(f"compared with a rebuild: {len(found)} tables differ")
                assert not found, "\n".join([*story, *found])
        changes = replay.count("marts.customer_uuid_history", "cause")
        tell(f"changes of customers: {changes}")
        # A replay in which nothing happens proves nothing.
        assert {"merge", "split", "shared"} <= changes.keys(), changes
