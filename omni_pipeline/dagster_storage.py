"""Dagster's storage in PostgreSQL that keeps its connections; named in docker/dagster.yaml.

Dagster opens a connection for every event and closes it again: signing in and starting a backend
cost more than the insert (bench/README.md). Here runs, events and schedules of one process share a
pool. It also reads the catalog for every asset it looks up, to see whether an old schema lacks a
column.
"""

import os
import time
from collections.abc import Mapping
from functools import cache
from typing import Any

from dagster import EventLogEntry
from dagster._core.definitions.asset_checks.asset_check_evaluation import (
    AssetCheckEvaluationPlanned,
)
from dagster._serdes import ConfigurableClassData
from dagster_postgres import DagsterPostgresStorage
from dagster_postgres.event_log import PostgresEventLogStorage
from dagster_postgres.utils import create_pg_engine, pg_url_from_config
from sqlalchemy import Engine, event
from sqlalchemy.exc import DisconnectionError

# One for the run and one for who watches it; more are opened as needed and closed after use.
KEPT = 2
EVENTS_AT_ONCE = "1000"  # what belongs together (what a run plans, hours it counted) is one write
IDLE_SECONDS = 1.0  # longer unused, a connection is tried first: the server may have been restarted


class KeptStorage(DagsterPostgresStorage):
    """As DagsterPostgresStorage; a connection that the server has closed is replaced unseen."""

    def __init__(
        self,
        postgres_url: str,
        should_autocreate_tables: bool = True,
        inst_data: ConfigurableClassData | None = None,
    ) -> None:
        super().__init__(postgres_url, should_autocreate_tables, inst_data)
        engine = kept_engine(postgres_url)
        for storage in (self._run_storage, self._event_log_storage, self._schedule_storage):
            storage._engine = engine
        # Columns come with `dagster instance migrate`, never while a process runs.
        events = self._event_log_storage
        events.has_asset_key_col = cache(events.has_asset_key_col)  # type: ignore[method-assign]
        _plan_checks_once(events)
        os.environ.setdefault("DAGSTER_EVENT_BATCH_SIZE", EVENTS_AT_ONCE)

    @classmethod
    def from_config_value(
        cls, inst_data: ConfigurableClassData | None, config_value: Mapping[str, Any]
    ) -> "KeptStorage":
        return cls(
            pg_url_from_config(config_value),
            config_value.get("should_autocreate_tables", True),
            inst_data,
        )


def _plan_checks_once(events: PostgresEventLogStorage) -> None:
    """Of a check that a run of many partitions plans, store one row: no check has partitions here.

    Dagster writes one for each partition of the run, and evaluates none of them.
    """
    store = events.store_asset_check_event

    def stored(event: EventLogEntry, event_id: int | None) -> None:
        told = event.get_dagster_event()
        data = told.event_specific_data
        if isinstance(data, AssetCheckEvaluationPlanned):
            data = AssetCheckEvaluationPlanned(asset_key=data.asset_key, check_name=data.check_name)
            event = event._replace(dagster_event=told._replace(event_specific_data=data))
        store(event, event_id)

    events.store_asset_check_event = stored  # type: ignore[method-assign]


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
