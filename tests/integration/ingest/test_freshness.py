"""The hours of a source as the warehouse notes them, and what its check says of them."""

from datetime import UTC, datetime, timedelta
from typing import Any

import dagster as dg
import psycopg

from omni_pipeline.bronze import Modified
from omni_pipeline.bronze.checks import FRESH, fresh_result
from omni_pipeline.bronze.freshness import note_hours, silences
from omni_pipeline.bronze.landing import land
from omni_pipeline.sources.ads.tables import CAMPAIGN_COST
from omni_pipeline.sources.cel.tables import TABLES
from omni_pipeline.sources.crm.tables import CONTACT

(CEL,) = TABLES
MOSCOW = "Europe/Moscow"
Connection = psycopg.Connection[Any]
KEY = dg.AssetCheckKey(dg.AssetKey(CEL.address), FRESH)


def put(connection: Connection, times: dict[int, str]) -> None:
    empty = dict.fromkeys(CEL.stored_columns)
    land(connection, CEL, [{**empty, "id": n, "eventtime": t} for n, t in times.items()])


def noted(connection: Connection) -> list[str]:
    note_hours(connection, CEL, MOSCOW)
    found = connection.execute(
        "select to_char(hour at time zone 'UTC', 'MM-DD HH24:MI') from ops.active_hour order by 1"
    )
    return [hour for (hour,) in found]


def test_hours_are_noted_once_in_utc(warehouse: Connection) -> None:
    now = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    local = now + timedelta(hours=3)  # Moscow
    hours = [f"{now - timedelta(hours=n):%m-%d %H:%M}" for n in (3, 2)]
    assert noted(warehouse) == []
    put(warehouse, {1: f"{local - timedelta(hours=3):%F %H:05}", 2: "0001-01-01 00:00:00"})
    assert noted(warehouse) == hours[:1]
    put(
        warehouse,
        {
            3: f"{local - timedelta(hours=3):%F %H:59}",
            4: f"{local - timedelta(hours=2):%F %H:00}",
            5: "9999-12-31 23:59:59",
            6: None,  # type: ignore[dict-item]
            7: f"{local + timedelta(hours=2):%F %H:00}",  # a clock that runs ahead
        },
    )
    assert noted(warehouse) == noted(warehouse) == sorted(hours)


def test_every_kind_of_own_time_can_be_noted(warehouse: Connection) -> None:
    moment = datetime.now(UTC) - timedelta(days=1)
    for table in (CONTACT, CAMPAIGN_COST):
        assert isinstance(table.cursor, Modified)
        (column,) = table.cursor.columns
        row = {**dict.fromkeys(table.stored_columns), **dict.fromkeys(table.key, "1")}
        land(warehouse, table, [{**row, column: moment.isoformat()[:10]}])
        note_hours(warehouse, table, MOSCOW)
    found = silences(warehouse, [CONTACT, CAMPAIGN_COST], datetime.now(UTC))
    assert [(table.name, silence.limit) for table, silence in found] == [
        ("contact", 8.0),
        ("campaign_cost", 3.0),
    ]


def test_the_check_fails_by_the_rows_own_time(warehouse: Connection) -> None:
    """Rows of every hour of nine weeks, all loaded just now, the newest twelve hours old."""
    end = datetime.now(UTC) - timedelta(hours=12)
    put(warehouse, {n: f"{end - timedelta(hours=n):%F %T}" for n in range(1, 9 * 168)})
    note_hours(warehouse, CEL, "UTC")
    found = list(silences(warehouse, TABLES, datetime.now(UTC)))
    result = fresh_result(KEY, found)
    assert not result.passed
    assert result.severity == dg.AssetCheckSeverity.WARN
    assert (result.description or "").startswith("cel: no row since ")
    assert result.metadata["late"].value == 1
    assert 11 <= float(result.metadata["hours_missed"].value) <= 13  # type: ignore[arg-type]
    put(warehouse, {9 * 168: f"{datetime.now(UTC):%F %T}"})
    note_hours(warehouse, CEL, "UTC")
    assert fresh_result(KEY, list(silences(warehouse, TABLES, datetime.now(UTC)))).passed


def test_no_row_yet_is_not_late(warehouse: Connection) -> None:
    note_hours(warehouse, CEL, "UTC")
    result = fresh_result(KEY, list(silences(warehouse, TABLES, datetime.now(UTC))))
    assert result.passed
