"""The hours of bl_omni_stats as Dagster partitions, and hours an engineer wants counted again.

A routine run carries the hour that has just ended as its partition, for Dagster wants one where
a selected asset has partitions, and recounts whatever rows of the statistics its changes reach,
in any hour; which hours those were is told as materialised partitions. So is every hour since the
first that no run has told yet: an hour without events is counted, too. A run that nobody gave a
partition is a routine run. A run of partitions that a person chose counts these hours again from
the facts, all of them in one run.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

import dagster as dg
import psycopg

from omni_pipeline.instance.internals import add_tags, tell_materialized
from omni_pipeline.warehouse.since import first_day, statistics_since

STATISTICS = dg.AssetKey(["marts", "bl_omni_stats"])
# Earlier hours are counted like all others; they only have no partition to click on.
HOURS = dg.HourlyPartitionsDefinition(start_date=statistics_since(), timezone="UTC")
READER = "partitions"  # of the change log of bl_omni_stats, in ops.watermark
HOUR = timedelta(hours=1)
ROUTINE = "omni/routine"  # tag: the partition says when, not what
ASKED_FROM, ASKED_BEFORE = "omni/from_hour", "omni/before_hour"  # tags: any hours, also older ones
MOST_TOLD_AGAIN = 100  # an event takes a millisecond, and an unusual run recounts years


def key_of(hour: datetime) -> str:
    """The partition of an hour."""
    return hour.astimezone(UTC).strftime(HOURS.fmt)


def range_tags(from_hour: datetime, before_hour: datetime) -> dict[str, str]:
    """Tags of a run over the hours from `from_hour` up to, not including, `before_hour`.

    Its partitions are those of the hours that have one, for want of any the last of all.
    """
    last = _full(datetime.now(UTC)) - HOUR
    end = min(_full(before_hour - timedelta(microseconds=1)), last)
    start = max(_full(from_hour), HOURS.start)
    return {
        ASKED_FROM: from_hour.isoformat(),
        ASKED_BEFORE: before_hour.isoformat(),
        **_partition_tags(*((start, end) if start <= end else (last, last))),
    }


def routine_tags(now: datetime) -> dict[str, str]:
    """Tags of a routine run: its partition is the last hour that has ended."""
    last = _full(now) - HOUR
    return {ROUTINE: "yes", **_partition_tags(last, last)}


def routine_unless_chosen(context: dg.AssetExecutionContext) -> None:
    """Make a run without partitions, as *Launch* in the UI starts one, a routine run of this hour.

    Dagster would fail it, and only when bl_omni_stats is published.
    """
    if context.has_partition_key or context.has_partition_key_range:
        return
    add_tags(context, routine_tags(datetime.now(UTC)))


def chosen(context: dg.AssetExecutionContext) -> tuple[datetime, datetime] | None:
    """The hours a person asked for: first, and the one after the last; None in a routine run."""
    tags = context.run.tags
    if ROUTINE in tags:
        return None
    if ASKED_FROM in tags:
        return datetime.fromisoformat(tags[ASKED_FROM]), datetime.fromisoformat(tags[ASKED_BEFORE])
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


def tell_counted(context: dg.AssetExecutionContext, connection: psycopg.Connection[Any]) -> None:
    """Tell the hours whose numbers changed as materialised partitions, in one write.

    The newest of those that no run has told yet, also of one that died before it could, and hours
    that have never been told: the new one, all at first.
    """
    first = first_day(connection)
    if first is None:
        return
    recounted = connection.execute(
        """
        select distinct hour_utc
        from intermediate.bl_omni_stats__changes
        where change_no > coalesce((
            select up_to from ops.watermark where model = %s and followed = 'bl_omni_stats'
        ), 0)
        order by hour_utc desc
        limit %s
        """,
        [READER, MOST_TOLD_AGAIN],
    ).fetchall()
    hours = {key for key in HOURS.get_partition_keys() if key >= first}
    known = context.instance.get_materialized_partitions(STATISTICS)
    told = sorted(hours & {key_of(hour) for (hour,) in recounted} | hours - known)
    tell_materialized(context, STATISTICS, told)
    connection.execute(
        """
        insert into ops.watermark (model, followed, up_to)
        select %s, 'bl_omni_stats', max(change_no) from intermediate.bl_omni_stats__changes
        having count(*) > 0
        on conflict (model, followed) do update set up_to = excluded.up_to
        """,
        [READER],
    )


def _partition_tags(start: datetime, end: datetime) -> dict[str, str]:
    return {
        "dagster/asset_partition_range_start": key_of(start),
        "dagster/asset_partition_range_end": key_of(end),
    }


def _full(now: datetime) -> datetime:
    """The full hour at or before this moment."""
    return now.astimezone(UTC).replace(minute=0, second=0, microsecond=0)


def _start(key: str) -> datetime:
    return datetime.strptime(key, HOURS.fmt).replace(tzinfo=UTC)
