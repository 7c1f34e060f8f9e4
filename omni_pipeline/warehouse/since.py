"""From which hour on bl_omni_stats has partitions in Dagster. Imports no Dagster.

Definitions open no connection, so whoever starts them says it in a variable: `omni` reads the
first hour of the statistics, unless the variable is set. All processes of one start then agree.
With Docker the code server is started through this module, which sets the variable and becomes
the command: `python -m omni_pipeline.warehouse.since dagster api grpc …`.
"""

import os
import sys
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import psycopg

from omni_pipeline.errors import ConfigurationError
from omni_pipeline.settings import SINCE, current

UNKNOWN = datetime(2026, 1, 1, tzinfo=UTC)  # while there are no statistics
# The UI grows slow near 40,000 partitions, and a single event may carry a date of long ago.
MOST = timedelta(days=4 * 365)
EARLIEST_YEAR = 2000
PATIENCE_SECONDS = 5


def statistics_since() -> datetime:
    """The start of the partitions, from the variable; yesterday at the latest.

    The hour that a run of today carries, the one that has just ended, may be yesterday's.
    """
    text = current().get(SINCE)
    if not text:
        return UNKNOWN
    try:
        day = date.fromisoformat(text)
    except ValueError:
        day = date.min
    if day.year < EARLIEST_YEAR:
        raise ConfigurationError(SINCE, "is no day such as 2026-01-31")
    return datetime.combine(min(day, _yesterday()), time(), UTC)


def first_day(connection: psycopg.Connection[Any]) -> str | None:
    """The day of the first hour that was counted, at most some years ago; None before any was."""
    ((there,),) = connection.execute("select to_regclass('marts.bl_omni_stats') is not null")
    if not there:
        return None
    ((first,),) = connection.execute(
        "select min(hour_utc) from marts.bl_omni_stats where hour_utc > %s",
        [datetime.now(UTC) - MOST],
    )
    return min(first.astimezone(UTC).date(), _yesterday()).isoformat() if first else None


def _yesterday() -> date:
    return datetime.now(UTC).date() - timedelta(days=1)


def main(command: list[str]) -> None:
    """Set the variable from the warehouse, where that answers, and become the command."""
    settings = current()
    url = settings.warehouse_url
    if url and not settings.get(SINCE):
        try:
            options = f"-c statement_timeout={PATIENCE_SECONDS}s"
            with psycopg.connect(url, connect_timeout=PATIENCE_SECONDS, options=options) as asked:
                settings = settings.changed({SINCE: first_day(asked) or ""})
        except psycopg.Error:
            print("the warehouse does not answer: partitions start at their default")  # noqa: T201
    os.execvpe(command[0], command, settings.variables)


if __name__ == "__main__":
    main(sys.argv[1:])
