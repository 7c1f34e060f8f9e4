"""The project's own attribution on a database of facts alone: dbt models, then `attribute()`.

What stands before the models (touches, conversions and their change logs) is written by the bench.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import psycopg

from measuring.attribution_truth import ours
from measuring.dbt import PROJECT, Dbt
from measuring.server import Backends
from omni_pipeline.attribution.store import refresh
from omni_pipeline.ops import set_bound
from omni_pipeline.sources.registry import rendered_variables
from omni_pipeline.warehouse.versions import project_versions, record_versions

DATADRIVEN = "Markov 1 to 3 and Shapley (Python)"
MART = "datadriven_channel, by month (Python)"
MODELS = (
    "path:models/facts/attribution",
    "fct_attribution",
    "path:models/intermediate/attribution",
)
LOGS = """
select quote_ident(schemaname) || '.' || quote_ident(tablename) from pg_tables
where schemaname = 'intermediate' and tablename like '%\\_\\_changes'
"""


@dataclass
class Spent:
    """Seconds by step: CPU of the server's backends and of this process, and wall."""

    cpu: dict[str, float] = field(default_factory=dict)
    wall: dict[str, float] = field(default_factory=dict)

    @property
    def cpu_seconds(self) -> float:
        return sum(self.cpu.values())

    @property
    def wall_seconds(self) -> float:
        return sum(self.wall.values())

    def without(self, step: str) -> "Spent":
        """The same but for one step."""
        return Spent(*({k: v for k, v in d.items() if k != step} for d in (self.cpu, self.wall)))


class Ours:
    """The attribution models of the project on one warehouse."""

    def __init__(self, url: str, connection: psycopg.Connection[Any], backends: Backends) -> None:
        self.connection = connection
        self.backends = backends
        self.dbt = Dbt(url, backends)
        self.shares: dict[str, dict[str, float]] = {}

    def prepare(self) -> None:
        """Rules and versions; no part of what is measured."""
        set_bound(self.connection, 1)
        self.dbt("seed", "--full-refresh")
        record_versions(
            self.connection, project_versions(PROJECT, self.dbt.manifest, rendered_variables())
        )
        self.connection.execute("vacuum analyze")

    def build(self) -> Spent:
        """Everything whole."""
        return self._run("--full-refresh")

    def change(self) -> Spent:
        """What the change logs name."""
        spent = self._run()
        for (log,) in self.connection.execute(LOGS).fetchall():
            self.connection.execute(f"delete from {log}")
        return spent

    def _run(self, *flags: str) -> Spent:
        cpu = self.dbt("run", "--select", *MODELS, *flags)
        spent = Spent(cpu, dict(self.dbt.wall))
        spent.wall[DATADRIVEN], spent.cpu[DATADRIVEN] = self.timed(self._datadriven)
        return spent

    def _datadriven(self) -> None:
        self.shares = ours(self.connection)

    def mart(self) -> tuple[float, float]:
        """Wall and CPU seconds of the published mart: month by month with 200 resamplings."""
        return self.timed(lambda: refresh(self.connection, 1))

    def timed(self, work: Callable[[], object]) -> tuple[float, float]:
        """Wall and CPU seconds of anything here and in the server."""
        server, begun, own = self.backends.cpu(), time.perf_counter(), time.thread_time()
        work()
        used = self.backends.cpu() - server + time.thread_time() - own
        return time.perf_counter() - begun, used
