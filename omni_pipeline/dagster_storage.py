"""Dagster's storage in PostgreSQL that keeps its connections; named in docker/dagster.yaml.

Dagster opens a connection for every event and closes it again: signing in and starting a backend
cost more than the insert (bench/README.md). Here runs, events and schedules of one process share a
pool. It also reads the catalog for every asset it looks up, to see whether an old schema lacks a
column.
"""

import time
from collections.abc import Mapping
from functools import cache
from typing import Any

from dagster._core.storage.event_log.schema import SqlEventLogStorageMetadata
from dagster._core.storage.runs.schema import RunStorageSqlMetadata
from dagster._core.storage.schedules.migration import SCHEDULE_TICKS_SELECTOR_ID
from dagster._core.storage.schedules.schema import ScheduleStorageSqlMetadata
from dagster._serdes import ConfigurableClassData
from dagster_postgres import DagsterPostgresStorage
from dagster_postgres.utils import create_pg_engine, pg_url_from_config
from sqlalchemy import Connection, Engine, event, inspect, text
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.pool import NullPool

METADATA = (RunStorageSqlMetadata, SqlEventLogStorageMetadata, ScheduleStorageSqlMetadata)
LAST_STEP = SCHEDULE_TICKS_SELECTOR_ID  # noted in secondary_indexes
HOLD = {"runs", "event_logs", "jobs", "daemon_heartbeats"}
MAKING_SECONDS = 60.0  # it takes one; of a killed start nobody finishes it
ALONE_SECONDS = 1.0
OTHERS = """
    select count(*) from pg_stat_activity
    where datname = current_database() and pid <> pg_backend_pid()
        and backend_type = 'client backend'
"""
# One for the run and one for who watches it; more are opened as needed and closed after use.
KEPT = 2
IDLE_SECONDS = 1.0  # longer unused, a connection is tried first: the server may have been restarted


class KeptStorage(DagsterPostgresStorage):
    """As DagsterPostgresStorage; a connection that the server has closed is replaced unseen."""

    def __init__(
        self,
        postgres_url: str,
        should_autocreate_tables: bool = True,
        inst_data: ConfigurableClassData | None = None,
    ) -> None:
        if should_autocreate_tables:
            clear_half_made(postgres_url)
        super().__init__(postgres_url, should_autocreate_tables, inst_data)
        engine = kept_engine(postgres_url)
        for storage in (self._run_storage, self._event_log_storage, self._schedule_storage):
            storage._engine = engine
        # Columns come with `dagster instance migrate`, never while a process runs.
        events = self._event_log_storage
        events.has_asset_key_col = cache(events.has_asset_key_col)  # type: ignore[method-assign]

    @classmethod
    def from_config_value(
        cls, inst_data: ConfigurableClassData | None, config_value: Mapping[str, Any]
    ) -> "KeptStorage":
        return cls(
            pg_url_from_config(config_value),
            config_value.get("should_autocreate_tables", True),
            inst_data,
        )


def clear_half_made(url: str) -> None:
    """Drop tables that a killed first start left unfinished; Dagster then makes them anew.

    It makes them outside of transactions, and never the rest where one is there. Only the last step
    of their making tells that all are; tables that hold anything are left alone all the same.
    """
    engine = create_pg_engine(url, poolclass=NullPool)
    with engine.begin() as connection:
        begun = alone_since = time.monotonic()
        while not _finished(connection) and not _holds_anything(connection):
            now = time.monotonic()
            if connection.execute(text(OTHERS)).scalar():  # who may be at it just now
                alone_since = now
            if now - alone_since >= ALONE_SECONDS or now - begun >= MAKING_SECONDS:
                for metadata in METADATA:
                    metadata.drop_all(connection)
                return
            time.sleep(0.1)


def _finished(connection: Connection) -> bool:
    """Whether no table is made, or all are."""
    found = set(inspect(connection).get_table_names())
    if not found & {name for metadata in METADATA for name in metadata.tables}:
        return True
    done = text("select 1 from secondary_indexes where name = :last")
    return "secondary_indexes" in found and bool(
        connection.execute(done, {"last": LAST_STEP}).scalar()
    )


def _holds_anything(connection: Connection) -> bool:
    found = HOLD & set(inspect(connection).get_table_names())
    return any(connection.execute(text(f"select 1 from {name} limit 1")).scalar() for name in found)


def kept_engine(url: str) -> Engine:
    """An engine that keeps some connections; each statement is a transaction, as Dagster wants."""
    engine: Engine = create_pg_engine(
        url, isolation_level="AUTOCOMMIT", pool_size=KEPT, max_overflow=-1
    )

    @event.listens_for(engine, "checkin")
    def _note(_: Any, record: Any) -> None:
        record.info["unused_since"] = time.monotonic()

    @event.listens_for(engine, "checkout")
    def _try(connection: Any, record: Any, _: Any) -> None:
        if time.monotonic() - record.info.get("unused_since", time.monotonic()) < IDLE_SECONDS:
            return
        try:
            engine.dialect.do_ping(connection)
        except Exception as error:
            if engine.dialect.is_disconnect(error, connection, None):  # type: ignore[arg-type]
                raise DisconnectionError from error
            raise

    return engine
