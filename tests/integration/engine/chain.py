"""A chain of small tables over three raw ones, made by the engine's macros alone (folder toy)."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random
from typing import Any

import psycopg
from psycopg import sql

from omni_pipeline.dbt.connections import keep_connections
from omni_pipeline.ops import ensure_ops, set_bound
from omni_pipeline.warehouse.resource import dbt_environment
from omni_pipeline.warehouse.versions import project_versions, record_versions
from tests.conftest import REPOSITORY
from tests.replay.lean import make_lean

TOY = Path(__file__).parent / "toy"
MACROS = REPOSITORY / "dbt_project" / "macros"
SHARED = (
    "arrivals",
    "create_table",
    "generate_schema_name",
    "get_columns_in_relation",
    "look_up",
    "standing",
)
HISTORY = """
    _seq bigint primary key, _next_seq bigint, _deleted boolean not null default false
"""
RAW = f"""
create schema raw_toy;
create table raw_toy.person (id bigint, city text, name text, {HISTORY});
create table raw_toy.visit (
    id bigint, person_id bigint, shop text, at bigint, amount bigint, {HISTORY}
);
create table raw_toy.call (id bigint, shop text, at bigint, {HISTORY});
"""
FIELDS = {
    "person": ("city", "name"),
    "visit": ("person_id", "shop", "at", "amount"),
    "call": ("shop", "at"),
}
TABLES = (
    "placed_visits",
    "cities",
    "numbered_visits",
    "places",
    "lone_calls",
    "crowded_visits",
    "shop_days",
    "lone_shops",
    "seen_visits",
    "denied_visits",
    "shop_guests",
)


class Chain:
    """One warehouse of the toy project; `change` plays the sources, `hour` runs the models."""

    def __init__(self, url: str, folder: Path, random: Random) -> None:
        self.url = url
        self.random = random
        self.project = folder / "project"
        shutil.copytree(TOY, self.project)
        shutil.copytree(MACROS / "engine", self.project / "macros" / "engine")
        for name in SHARED:
            shutil.copy(MACROS / f"{name}.sql", self.project / "macros")
        shutil.copy(REPOSITORY / "dbt_project" / "profiles.yml", self.project)
        self.seq = 0
        self.standing: dict[str, dict[int, int]] = {table: {} for table in FIELDS}
        self.order: list[str] = []  # the models of the last complete run, as they were built
        with self.connect() as connection:
            ensure_ops(connection)
            connection.execute(RAW)

    def connect(self) -> psycopg.Connection[Any]:
        return psycopg.connect(self.url, autocommit=True)

    def change(self, times: int) -> None:
        """So many rows come, change or go."""
        with self.connect() as connection:
            for _ in range(times):
                table = self.random.choice(list(FIELDS))
                self._change(connection, table, self.random.randint(1, 40))
            set_bound(connection, self.seq)

    def _change(self, connection: psycopg.Connection[Any], table: str, key: int) -> None:
        is_gone = key in self.standing[table] and self.random.random() < 0.3
        self._put(connection, table, key, self._row(table), is_gone)

    def put(self, table: str, key: int, **fields: Any) -> None:
        """This row comes or changes; fields that are not given are drawn."""
        with self.connect() as connection:
            self._put(connection, table, key, self._row(table) | fields)
            set_bound(connection, self.seq)

    def _put(
        self,
        connection: psycopg.Connection[Any],
        table: str,
        key: int,
        fields: dict[str, Any],
        is_gone: bool = False,
    ) -> None:
        self.seq += 1
        known = self.standing[table].pop(key, None)
        where = sql.Identifier("raw_toy", table)
        if known is not None:
            connection.execute(
                sql.SQL("update {} set _next_seq = %s where _seq = %s").format(where),
                [self.seq, known],
            )
        row = {"id": key, **fields, "_seq": self.seq, "_deleted": is_gone}
        connection.execute(
            sql.SQL("insert into {} ({}) values ({})").format(
                where,
                sql.SQL(", ").join(map(sql.Identifier, row)),
                sql.SQL(", ").join(map(sql.Placeholder, row)),
            ),
            row,
        )
        if not is_gone:
            self.standing[table][key] = self.seq

    def _row(self, table: str) -> dict[str, Any]:
        choose = self.random.choice
        drawn: dict[str, Any] = {
            "city": choose(["home", "away", "far", None]),
            "name": choose(["a", "b", "c"]),
            "person_id": choose([None, *range(1, 15)]),
            "shop": choose(["north", "south", "east"]),
            "at": self.random.randint(0, 60),
            "amount": self.random.randint(-5, 100),
        }
        return {field: drawn[field] for field in FIELDS[table]}

    def weigh(self, weight: int) -> None:
        """A rule changes."""
        (self.project / "seeds" / "shop_weights.csv").write_text(f"shop,weight\nnorth,{weight}\n")

    def hour(self) -> None:
        """One complete run."""
        built = self._build()
        self.order = [name for name in built if name in TABLES]

    def broken_hour(self) -> None:
        """The first tables of a run; then it dies."""
        count = self.random.randint(1, len(self.order))
        self._build("resource_type:seed", "path:models/staging", *self.order[:count])

    def _build(self, *select: str) -> list[str]:
        from dbt.cli.main import dbtRunner

        keep_connections()
        make_lean()
        folders = [
            "--project-dir",
            str(self.project),
            "--profiles-dir",
            str(self.project),
            "--quiet",
        ]
        chosen = ["--select", *select] if select else []
        with self._environment():
            parsed = dbtRunner().invoke(["parse", *folders])
            assert parsed.success, parsed.exception
            manifest = self.project / "target" / "manifest.json"
            with self.connect() as connection:
                record_versions(connection, project_versions(self.project, manifest, {}))
            outcome = dbtRunner().invoke(["build", *chosen, *folders])
        results: Any = outcome.result
        failed = [f"{r.node.name}: {r.message}" for r in results or [] if str(r.status) == "error"]
        assert outcome.success, failed or outcome.exception
        return [result.node.name for result in results]

    @contextmanager
    def _environment(self) -> Iterator[None]:
        before = dict(os.environ)
        os.environ.update(dbt_environment(self.url), DBT_LOG_LEVEL_FILE="none", DBT_THREADS="1")
        try:
            yield
        finally:
            os.environ.clear()
            os.environ.update(before)

    def differences(self) -> dict[str, tuple[int, int]]:
        """Tables that differ from their plain SELECT: rows too many and rows missing."""
        found = {}
        compiled = self.project / "target" / "compiled" / "omni_pipeline" / "models" / "facts"
        with self.connect() as connection:
            for table in TABLES:
                query = (compiled / f"{table}.sql").read_text()
                row = connection.execute(
                    f"""
                    with stands as (select * from intermediate.{table}), rebuilt as ({query})
                    select
                        (select count(*) from (table stands except all table rebuilt) as much),
                        (select count(*) from (table rebuilt except all table stands) as missing)
                    """
                ).fetchone()
                assert row is not None
                if row != (0, 0):
                    found[table] = row
        return found

    def made(self) -> dict[str, Any]:
        """When each table was last made whole."""
        with self.connect() as connection:
            return dict(connection.execute("select model, made_at from ops.table_made").fetchall())
