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
from functools import wraps
from inspect import isfunction
from typing import Any, TypeVar

from dagster import Field
from dagster_postgres import (
    DagsterPostgresStorage,
    PostgresRunStorage,
    PostgresScheduleStorage,
)
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
from omni_pipeline.instance.internals import ConfigurableClassData, UserConfigSchema

# One for the run and one for who watches it; more are opened as needed and closed after use.
KEPT = 2
IDLE_SECONDS = 1.0  # longer unused, a connection is tried first: the server may have been restarted
OUTLIVE_SECONDS = 60.0  # a PostgreSQL that restarts is back by then, recovery of a crash included
PAUSE_SECONDS = 0.5
Storage = TypeVar("Storage")
_calls = threading.local()
_lost: dict[str, float] = {}  # since when the server does not answer this process


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


def _outliving(storage: type[Storage]) -> type[Storage]:
    """A class of storage whose every public method is called again when its connection broke.

    Each statement is committed by itself, so at worst an event stands in the log twice.
    """
    for name in dir(storage):
        if not name.startswith("_") and isfunction(getattr(storage, name)):
            setattr(storage, name, _again(getattr(storage, name)))
    return storage


class _Kept:
    """Of a storage that is given its engine; Dagster's own connects for every statement."""

    def __init__(self, engine: Engine, *arguments: Any) -> None:
        super().__init__(*arguments)
        self._engine = engine


@_outliving
class _Runs(_Kept, PostgresRunStorage):
    """Runs over the kept connections."""


@_outliving
class _Schedules(_Kept, PostgresScheduleStorage):
    """Schedules and sensors over the kept connections."""


@_outliving
class _Events(_Kept, WatchedEvents):
    """Events over the kept connections."""

    def __init__(self, engine: Engine, *arguments: Any) -> None:
        super().__init__(engine, *arguments)
        self._has_column: dict[str, bool] = {}

    def has_asset_key_col(self, column_name: str) -> bool:
        """Columns come with `dagster instance migrate`, never while a process runs."""
        if column_name not in self._has_column:
            self._has_column[column_name] = super().has_asset_key_col(column_name)
        return self._has_column[column_name]


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
        super().__init__(postgres_url, False, inst_data)
        engine = kept_engine(postgres_url)
        # In Dagster's order: whether all tables were made is told by the last of them.
        self._run_storage = _Runs(engine, postgres_url, should_autocreate_tables)
        self._event_log_storage = _Events(engine, postgres_url, should_autocreate_tables)
        self._event_log_storage.slot_wait_seconds = slot_wait_seconds
        self._schedule_storage = _Schedules(engine, postgres_url, should_autocreate_tables)

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
