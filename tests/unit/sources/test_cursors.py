"""Cursors of the tables of databases: what an increment could miss."""

from collections.abc import Iterator
from typing import Any, cast

import pytest

from omni_pipeline.bronze import Appended, BronzeTable, Modified, OwnedBy
from omni_pipeline.bronze.increment import TableReader
from omni_pipeline.bronze.ingest import _Latest
from omni_pipeline.database import Session
from omni_pipeline.sources import source_names
from omni_pipeline.sources.catalog import tables_of

APIS = {"ads", "crm"}
TABLES = [
    table
    for source in source_names()
    if source not in APIS
    for table in tables_of(source)
    if isinstance(table.cursor, Modified | OwnedBy)
    if [table.columns[column] for column in table.key] == ["bigint"]
]


@pytest.mark.parametrize("table", TABLES, ids=lambda table: ".".join(table.address))
def test_a_clock_has_the_id_beside_it(table: BronzeTable) -> None:
    """A row written late has an old time; its id is new, and must not wait for the night."""
    assert isinstance(table.cursor, Modified | OwnedBy)
    assert table.cursor.ids == Appended(table.key[0]), table.name


class OneRow:
    """A session of a source whose only row was modified `at`."""

    def __init__(self, at: str) -> None:
        self._at = at

    def columns(self, table: str) -> dict[str, str]:
        return {"id": "id", "at": "at"}

    def stream(self, statement: str) -> Iterator[tuple[Any, ...]]:
        yield (1, self._at, self._at)

    def quote(self, name: str) -> str:
        return name


@pytest.mark.parametrize(
    ("at", "cursor"),
    [
        ("2026-03-04 10:00:00", "2026-03-04 10:00:00"),
        ("0001-01-01 00:00:00", None),
        ("1970-01-01 03:00:00", None),
        ("9999-12-31 00:00:00", None),
        ("infinity", None),
    ],
)
def test_a_time_out_of_bounds_is_no_cursor(at: str, cursor: str | None) -> None:
    """From year 1 no overlap can be taken away: every later read would fail."""
    table = BronzeTable(
        "shop", "row", "One row.", {"id": "bigint", "at": "timestamp"}, ("id",), Modified(("at",))
    )
    reader = TableReader(cast(Session, OneRow(at)), table)
    assert list(reader.rows(None)) == [[1, at]]
    assert reader.latest == cursor
    latest = _Latest(("at",), None)
    assert list(latest.watch(iter([{"at": at}]))) == [{"at": at}]
    assert latest.value() == (cursor.replace(" ", "T") if cursor else None)
