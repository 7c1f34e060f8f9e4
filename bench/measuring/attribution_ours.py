"""The project's own attribution on a database that holds facts only: dbt models, then `attribute()`.

What stands before the models (touches, conversions) is written by the bench, and what stands beside
them is left out: a table that reads their news but is not asked for here exists empty, or they would
have to bring everything again (ops.model_version, column `readers`).
"""

import time
from dataclasses import dataclass, field
from typing import Any

import pandas as pd
import psycopg

from measuring.dbt import PROJECT, Dbt
from measuring.server import Backends
from omni_pipeline.attribution.models import attribute
from omni_pipeline.ops import set_bound
from omni_pipeline.warehouse.versions import project_versions, record_versions

QUEUE = "int_journey__stale"
RULES = (
    "int_journey__affected_conversions",
    "int_journey__paths",
    "int_journey__path_steps",
    "fct_attribution",
)
AGGREGATES = (PROJECT / "models/intermediate/attribution", "path:models/intermediate/attribution")
# What data_as_of does, which stands behind marts that are left out here.
PUBLISHED = """
insert into ops.model_progress (model, up_to_seq, rules_hash)
select 'marts', up_to_seq, '' from ops.bound
on conflict (model) do update
set up_to_seq = excluded.up_to_seq, updated_at = clock_timestamp();
delete from intermediate.int_journey__stale;
"""


@dataclass
class Spent:
    """Seconds by step: CPU of the server's backends and of this process, and wall."""

    cpu: dict[str, float] = field(default_factory=dict)
    wall: dict[str, float] = field(default_factory=dict)


class Ours:
    """The attribution models of the project on one warehouse."""

    def __init__(self, url: str, connection: psycopg.Connection[Any], backends: Backends) -> None:
        self.connection = connection
        self.backends = backends
        self.dbt = Dbt(url, backends)
        self.aggregated = AGGREGATES[0].is_dir()
        self.models = (*RULES, AGGREGATES[1]) if self.aggregated else RULES

    def prepare(self) -> None:
        """Rules, versions and the queue; no part of what is measured."""
        set_bound(self.connection, 1)
        self.dbt("seed", "--full-refresh")
        record_versions(self.connection, project_versions(PROJECT, self.dbt.manifest))
        self.dbt("run", "--select", QUEUE)
        self.connection.execute("vacuum analyze")

    def build(self) -> Spent:
        """Everything whole."""
        spent = self._run("--full-refresh")
        self._stand_ins()
        self.connection.execute(PUBLISHED)
        return spent

    def change(self) -> Spent:
        """What the queue asks for, by the incremental models."""
        spent = self._run()
        self.connection.execute(PUBLISHED)
        return spent

    def _run(self, *flags: str) -> Spent:
        cpu = self.dbt("run", "--select", *self.models, *flags)
        return Spent(cpu, dict(self.dbt.wall))

    def _stand_ins(self) -> None:
        """Empty tables in place of those that read the news of these models."""
        missing = self.connection.execute(
            "select distinct reader from ops.model_version, unnest(readers) as reader"
            " where to_regclass(reader) is null"
        ).fetchall()
        for (table,) in missing:
            self.connection.execute(f"create table {table} ()")
