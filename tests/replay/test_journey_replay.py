"""Every published table, hour by hour, equals a rebuild, row for row, whatever happened in between.

OMNI_REPLAY_SEED      first seed (default 1); a failure names the seeds of the worlds that differ
OMNI_REPLAY_WORLDS    how many worlds live side by side (default 60)
OMNI_REPLAY_BATCHES   how many batches (default 8)
OMNI_REPLAY_ROUNDS    how many times over, with new worlds (default 1)
OMNI_REPLAY_PLAN      seed of edits, crashes and the mixing of worlds (default: the first seed)
OMNI_REPLAY_PROJECT   another dbt project to replay, such as one broken on purpose
"""

import os
import random
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from omni_pipeline.sources.registry import registered
from tests.replay import edits, rules
from tests.replay.crashes import break_off
from tests.replay.opening import replaying
from tests.replay.runner import Replay
from tests.replay.scopes import JOURNEY_SCOPE
from tests.replay.worlds import Landing, World, next_batch

FIRST_SEED = int(os.environ.get("OMNI_REPLAY_SEED", "1"))
WORLDS = int(os.environ.get("OMNI_REPLAY_WORLDS", "60"))
BATCHES = int(os.environ.get("OMNI_REPLAY_BATCHES", "8"))
ROUNDS = int(os.environ.get("OMNI_REPLAY_ROUNDS", "1"))
CRASHES = ("prefix", "connection", "prefix", "killed", "connection")
QUIET = "no edits"
# Batches from one comparison with a rebuild to the next. Each comes after two or three quiet hours:
# what an edit has just made whole equals a rebuild whatever its increments would do.
COMPARED = 4


@contextmanager
def landing_meanwhile(replay: Replay, batch: list[Landing]) -> Iterator[None]:
    """Land rows while the block runs: they are beyond its bound and must not be seen."""
    thread = threading.Thread(target=replay.land, args=[batch])
    thread.start()
    try:
        yield
    finally:
        thread.join()


def edit(replay: Replay, worlds: list[World], batch: int, chance: random.Random) -> str:
    """What people change before a batch. Most hours bring rows alone, as in life."""
    done: list[str] = []
    step = batch % (3 * COMPARED)
    if step == 1:
        done += [edits.block(replay, worlds, chance), edits.override(replay, worlds, chance)]
        done += [edits.lower(replay, chance)]
    elif step == COMPARED:
        done += [edits.release(replay, chance), edits.override(replay, worlds, chance)]
        done += [edits.higher(replay, chance)]
    elif step == 2 * COMPARED:
        done += [edits.reclassify(replay), edits.override(replay, worlds, chance)]
        edits.limit(replay, edits.LIMITS)
    if step and step % COMPARED == 0:
        done += [change(replay, chance) for change in chance.sample(rules.EDITS, 2)]
    return ", ".join(done) or QUIET


class Round:
    """One replay of some worlds, with the story of what happened in it."""

    def __init__(self, replay: Replay, first: int) -> None:
        plan = int(os.environ.get("OMNI_REPLAY_PLAN", str(first)))
        self.replay = replay
        self.chance = random.Random(plan)
        self.worlds = [World(seed) for seed in range(first, first + WORLDS)]
        self.started = time.monotonic()
        self.story: list[str] = []
        self.tell(f"OMNI_REPLAY_SEED={first} OMNI_REPLAY_WORLDS={WORLDS} OMNI_REPLAY_PLAN={plan}")
        self.upcoming = self.next(0)

    def tell(self, line: str) -> None:
        """Note what happened."""
        self.story.append(f"{time.monotonic() - self.started:6.1f} s  {line}")
        print(self.story[-1], flush=True)

    def next(self, batch: int) -> list[Landing]:
        """The rows of a batch."""
        return next_batch(self.worlds, batch, self.chance)

    def land(self) -> None:
        """Land what is to come, if it has not landed yet."""
        self.replay.land(self.upcoming)
        self.upcoming = []

    def hour(self, batch: int) -> None:
        """Rows, edits, perhaps a run that crashes, a run that does not."""
        self.land()
        bound = self.replay.set_bound()
        said = edit(self.replay, self.worlds, batch, self.chance)
        self.tell(f"batch {batch}: bound {bound}, {said}")
        self.upcoming = self.next(batch + 1)
        made = self.replay.made()
        if batch and self.replay.models:
            way = CRASHES[(batch - 1) % len(CRASHES)]
            self.tell(break_off(self.replay, way, self.chance))
            if self.chance.random() < 0.4:
                # The broken run is not repeated on its own bound: the next hour takes over.
                self.land()
                self.tell(f"the next hour comes instead: bound {self.replay.set_bound()}")
        if batch % 3 == 2:
            # Ingestion does not wait for a run.
            meanwhile, self.upcoming = self.upcoming, []
            with landing_meanwhile(self.replay, meanwhile):
                self.replay.build()
        else:
            self.replay.build()
        whole = [name for name, when in self.replay.made().items() if made.get(name) != when]
        self.tell(f"made whole: {', '.join(whole) or 'nothing'}")
        # Rows alone, also after a crash, make no table whole: else the comparison proves nothing.
        assert said != QUIET or not batch or not whole, "\n".join(self.story)

    def twice(self) -> None:
        """A second run on the same bound changes nothing."""
        before = self.replay.digest()
        self.replay.build()
        after = self.replay.digest()
        changed = [name for name in after if after[name] != before.get(name)]
        assert not changed, "\n".join([*self.story, f"a second run changed {changed}"])
        self.tell("a second run changed nothing")

    def compare(self, *, by_flag: bool) -> None:
        """Every published table equals a rebuild."""
        found = self.replay.differences_to_rebuild(by_flag=by_flag)
        self.tell(f"compared with a rebuild: {len(found)} tables differ")
        assert not found, "\n".join([*self.story, *found])


@pytest.mark.parametrize("first", [FIRST_SEED + n * WORLDS for n in range(ROUNDS)])
def test_hours_add_up_to_a_rebuild(server_url: str, template_database: str, first: int) -> None:
    with replaying(server_url, template_database, JOURNEY_SCOPE) as replay:
        edits.limit(replay, edits.LIMITS)
        played = Round(replay, first)
        for batch in range(BATCHES):
            played.hour(batch)
            if batch == 2:
                played.twice()
            if batch % COMPARED == COMPARED - 1 or batch == BATCHES - 1:
                played.compare(by_flag=batch != BATCHES - 1)
        assert not replay.forgotten(), "published, but compared by nobody"
        happened = _happened(replay)
        played.tell(f"happened: {happened}")
        # A replay in which nothing happens proves nothing.
        missing = [name for name, count in happened.items() if not count]
        assert not missing, missing


CHANGES = "marts.customer_uuid_history"
TOUCHES, CONVERSIONS = "marts.fct_touch", "marts.fct_conversion"
MISMATCHES = "marts.order_mismatch"
LETTERS, AUDIENCES = "intermediate.int_customers__letters", "marts.audience_member"


def _happened(replay: Replay) -> dict[str, int]:
    """How often what makes a replay worth its time has happened."""
    counted: list[tuple[str, str, tuple[str, ...]]] = [
        (CHANGES, "cause", ("merge", "split", "shared")),
        (TOUCHES, "touch_type", ("web_session", "call", "chat", "form", "email", "sms")),
        (TOUCHES, "touch_type", ("email_open", "email_click", "pos_visit", "crm_source")),
        (TOUCHES, "source_system", tuple(registered()["touches"])),
        (CONVERSIONS, "kind", ("order", "deal", "receipt", "lead")),
        ("marts.conversion_quarantine", "reason", ("no exchange rate", "receipt sent twice")),
        ("marts.spend_quarantine", "reason", ("no exchange rate", "no currency")),
        ("intermediate.int_ads__spend", "joined_by", ("utm_campaign", "id", "name")),
        ("marts.fct_attribution", "model_id", ("first", "time_decay")),
        ("intermediate.int_customers__consent_signs", "says", ("agreed", "refused", "dead")),
        (LETTERS, "origin", ("recipient", "copy", "delivery", "text", "message", "hook")),
        (MISMATCHES, "system", ("crm", "onec")),
        (MISMATCHES, "mismatch", ("not in 1C", "not on site", "several 1C orders", "item", "paid")),
        (MISMATCHES, "mismatch", ("cancelled", "status", "date", "contact", "unknown status")),
        (AUDIENCES, "audience_id", ("silent_6m", "deal_stalled", "cart_left", "best_customers")),
    ]
    found: dict[str, int] = {}
    for table, column, names in counted:
        by_value = replay.count(table, column)
        found |= {f"{column} {name}": by_value.get(name, 0) for name in names}
    return found
