"""Dagster's tables that a killed first start left unfinished."""

import time

from dagster_postgres.utils import create_pg_engine
from sqlalchemy import Connection, inspect, text
from sqlalchemy.pool import NullPool

from omni_pipeline.instance.internals import (
    SCHEDULE_TICKS_SELECTOR_ID,
    RunStorageSqlMetadata,
    ScheduleStorageSqlMetadata,
    SqlEventLogStorageMetadata,
)

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
