"""Someone reads the marts all the time: every table is at once what it was or what it becomes.

A reader takes digests of whole tables while runs change them, incrementally and by making them
anew. It must only ever see states between runs: nothing missing, empty or half written.
"""

import threading
import time
from collections import defaultdict

import psycopg

from tests.integration.journey.story import Story
from tests.replay.compare import digest
from tests.replay.runner import Replay

PAUSE_SECONDS = 0.002
ENOUGH = 6  # rounds through all tables while runs go on: there are runs until it has made them
# The views read several tables, each of which changes in its own transaction: always there, at
# times mixed. Logs of changes are filled and emptied by every run.
MIXED = (
    *("marts.channel_performance_daily", "marts.channel_performance_monthly"),
    "__changes",
)


class Reader(threading.Thread):
    """Reads the compared tables in turn until told to stop; `seen` holds digests by table."""

    def __init__(self, replay: Replay) -> None:
        super().__init__()
        self.replay = replay
        self.seen: dict[str, set[str | None]] = defaultdict(set)
        self.polls = 0
        self.errors: list[str] = []
        self._stopped = threading.Event()

    def run(self) -> None:
        with psycopg.connect(self.replay.url, autocommit=True) as connection:
            while not self._stopped.is_set():
                for table in self.replay.scope.tables:
                    try:
                        self.seen[table.name].add(digest(connection, table))
                    except psycopg.Error as error:
                        self.errors.append(f"{table.name}: {error}")
                    time.sleep(PAUSE_SECONDS)
                self.polls += 1

    @property
    def wants_more(self) -> bool:
        """Whether it still reads, and too little happened so far for it to have met a run."""
        return self.is_alive() and self.polls < ENOUGH

    def __enter__(self) -> "Reader":
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopped.set()
        self.join()


def check(reader: Reader, *states: dict[str, str | None]) -> None:
    """The reader saw these states and no others, and could always read."""
    assert not reader.errors
    assert reader.polls >= ENOUGH
    for name, digests in reader.seen.items():
        if name.endswith(MIXED):
            continue
        assert digests <= {state[name] for state in states}, name


def test_a_reader_sees_whole_states_only(told: Replay) -> None:
    story = Story(3)
    for _ in range(60):
        story.add_touch()
        story.add_conversion()
    story.tell(told.url)
    told.build()
    states = [told.digest()]
    with Reader(told) as reader:
        while len(states) < 3 or reader.wants_more:
            for _ in range(8):
                story.change()
            story.tell(told.url)
            told.build()
            states.append(told.digest())
    check(reader, *states)
    assert states[0] != states[1] != states[2]

    # A changed rule makes tables anew: attribution for another lookback, and what stands on it.
    models = told.project.rows("attribution_models")
    states = states[-1:]
    with Reader(told) as reader:
        while len(states) < 2 or reader.wants_more:
            days = str(19 + len(states))
            told.edit("attribution_models", [model | {"lookback_days": days} for model in models])
            told.build()
            states.append(told.digest())
    check(reader, *states)
    assert states[0] != states[1]

    # And so does a full refresh, which ends where it began.
    refreshed = told.digest()
    with Reader(told) as reader:
        told._dbt(*told._command(), "--full-refresh")
        while reader.wants_more:
            told._dbt(*told._command(), "--full-refresh")
    check(reader, refreshed)
    assert told.digest() == refreshed
