"""The hours of bl_omni_stats as Dagster partitions, and hours an engineer wants counted again.

A routine run carries the hour that has just ended as its partition, for Dagster wants one where
a selected asset has partitions, and recounts whatever rows of the statistics its changes reach,
in any hour; which hours those were is told as materialised partitions. A run of partitions that a
person chose counts these hours again from the facts, all of them in one run.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import dagster as dg
import psycopg

STATISTICS = dg.AssetKey(["marts", "bl_omni_stats"])
# Earlier hours are counted like all others; they only have no partition to click on.
HOURS = dg.HourlyPartitionsDefinition(start_date="2020-01-01-00:00", timezone="UTC")
# The model that decides what bl_omni_stats recounts; a run of chosen hours needs it first.
DECIDES = "int_journey__affected_cells"
HOUR = timedelta(hours=1)
ROUTINE = "omni/routine"  # tag: the partition says when, not what
# An event costs 5 ms of event log: an unusual run tells its newest hours only.
MOST_TOLD = 100


def key_of(hour: datetime) -> str:
    """The partition of an hour."""
    return hour.astimezone(UTC).strftime(HOURS.fmt)


def range_tags(from_hour: datetime, before_hour: datetime) -> dict[str, str]:
    """Tags of a run over the hours from `from_hour` up to, not including, `before_hour`."""
    return {
        "dagster/asset_partition_range_start": key_of(from_hour),
        "dagster/asset_partition_range_end": key_of(before_hour - HOUR),
    }


def routine_tags(now: datetime) -> dict[str, str]:
    """Tags of a routine run: its partition is the last hour that has ended."""
    end = now.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    return {ROUTINE: "yes", **range_tags(end - HOUR, end)}


def chosen(context: dg.AssetExecutionContext) -> tuple[datetime, datetime] | None:
    """The hours a person asked for: first, and the one after the last; None in a routine run."""
    has_some = context.has_partition_key or context.has_partition_key_range
    if ROUTINE in context.run.tags or not has_some:
        return None
    keys = context.partition_key_range
    return _start(keys.start), _start(keys.end) + HOUR


def request(connection: psycopg.Connection[Any], hours: tuple[datetime, datetime]) -> None:
    """Have bl_omni_stats count these hours again; it takes the request back when it has."""
    connection.execute(
        "insert into ops.hours_again (from_hour, before_hour) values (%s, %s)", list(hours)
    )


def requested(connection: psycopg.Connection[Any]) -> bool:
    """Whether hours asked for still wait: of this run, or of one that died."""
    row = connection.execute("select exists (select from ops.hours_again)").fetchone()
    return row is not None and bool(row[0])


def counted(connection: psycopg.Connection[Any]) -> Iterator[dg.AssetMaterialization]:
    """The newest hours that the run just ended has recounted, as materialised partitions."""
    found = connection.execute(
        """
        select distinct stats.hour_utc
        from intermediate.int_journey__affected_cells as affected
        inner join marts.bl_omni_stats as stats on affected.cell_id = stats.cell_id
        where stats.hour_utc >= %s
        order by stats.hour_utc desc
        limit %s
        """,
        [HOURS.start, MOST_TOLD],
    )
    for (hour,) in found:
        yield dg.AssetMaterialization(asset_key=STATISTICS, partition=key_of(hour))


def _start(key: str) -> datetime:
    return datetime.strptime(key, HOURS.fmt).replace(tzinfo=UTC)
