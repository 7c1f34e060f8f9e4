"""Dagster's storage in PostgreSQL that keeps its connections; named in docker/dagster.yaml.

Dagster opens a connection for every event and closes it again: signing in and starting a backend
cost more than the insert (bench/README.md). Here runs, events and schedules of one process share a
pool. It also reads the catalog for every asset it looks up, to see whether an old schema lacks a
column.

A connection that the server ends is replaced, and what was asked of it is asked again: a run whose
warehouse restarts must still be able to write down how it ended.
"""

import threading
import time
from collections.abc import Callable, Mapping
from functools import cache, wraps
from inspect import isfunction
from typing import Any

from dagster import Field
from dagster._config.config_schema import UserConfigSchema
from dagster._serdes import ConfigurableClassData
from dagster_postgres import DagsterPostgresStorage
from dagster_postgres.utils import (
    DagsterPostgresException,
    create_pg_engine,
    pg_config,
    pg_url_from_config,
)
from sqlalchemy import Engine, event
from sqlalchemy.exc import DBAPIError, DisconnectionError

from omni_pipeline.instance.events import SLOT_WAIT_SECONDS, WatchedEvents
from omni_pipeline.instance.half_made import clear_half_made

# One for the run and one for who watches it; more are opened as needed and closed after use.
KEPT = 2
IDLE_SECONDS = 1.0  # longer unused, a connection is tried first: the server may have been restarted
OUTLIVE_SECONDS = 60.0  # a PostgreSQL that restarts is back by then, recovery of a crash included
PAUSE_SECONDS = 0.5
_calls = threading.local()
_lost: dict[str, float] = {}  # since when the server does not answer this process


class KeptStorage(DagsterPostgresStorage):
    """As DagsterPostgresStorage; a connection that the server has closed is replaced unseen.

    `slot_wait_seconds` is how long a step waits for its pool.
    """

    def __init__(
        self,
        postgres_url: str,
        should_autocreate_tables: bool = True,
        inst_data: ConfigurableClassData | None = None,
        slot_wait_seconds: float = SLOT_WAIT_SECONDS,
    ) -> None:
        if should_autocreate_tables:
            clear_half_made(postgres_url)
        super().__init__(postgres_url, should_autocreate_tables, inst_data)
        events = WatchedEvents(postgres_url, should_autocreate_tables)
        events.slot_wait_seconds = slot_wait_seconds
        self._event_log_storage = events
        engine = kept_engine(postgres_url)
        for storage in (self._run_storage, self._event_log_storage, self._schedule_storage):
            storage._engine = engine
            _outlive(storage)
        # Columns come with `dagster instance migrate`, never while a process runs.
        events.has_asset_key_col = cache(events.has_asset_key_col)  # type: ignore[method-assign]

    @classmethod
    def config_type(cls) -> UserConfigSchema:
        waits = Field(float, is_required=False, default_value=float(SLOT_WAIT_SECONDS))
        return {**pg_config(), "slot_wait_seconds": waits}  # type: ignore[dict-item]

    @classmethod
    def from_config_value(
        cls, inst_data: ConfigurableClassData | None, config_value: Mapping[str, Any]
    ) -> "KeptStorage":
        return cls(
            pg_url_from_config(config_value),
            config_value.get("should_autocreate_tables", True),
            inst_data,
            config_value.get("slot_wait_seconds", SLOT_WAIT_SECONDS),
        )


def kept_engine(url: str) -> Engine:
    """An engine that keeps some connections; each statement is a transaction, as Dagster wants."""
    engine: Engine = create_pg_engine(
        url,
        isolation_level="AUTOCOMMIT",
        pool_size=KEPT,
        max_overflow=-1,
        hide_parameters=True,  # an error would quote them, and with them whole events
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


def _outlive(storage: Any) -> None:
    """Let every public method of a storage be called again when its connection broke.

    Each statement is committed by itself, so at worst an event stands in the log twice.
    """
    for name in dir(type(storage)):
        if not name.startswith("_") and isfunction(getattr(type(storage), name)):
            setattr(storage, name, _again(getattr(storage, name)))


def _again(method: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(method)
    def call(*arguments: Any, **options: Any) -> Any:
        if getattr(_calls, "inside", False):  # the outermost call is repeated, as a whole
            return method(*arguments, **options)
        _calls.inside = True
        try:
            while True:
                try:
                    given = method(*arguments, **options)
                except (DBAPIError, DagsterPostgresException) as error:
                    if isinstance(error, DBAPIError) and not error.connection_invalidated:
                        raise
                    now = time.monotonic()
                    # Counted over all calls: a run has many to make before it can end.
                    if now > _lost.setdefault("since", now) + OUTLIVE_SECONDS:
                        raise
                else:
                    _lost.clear()
                    return given
                time.sleep(PAUSE_SECONDS)
        finally:
            _calls.inside = False

    return call
