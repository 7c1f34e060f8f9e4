"""Cursors of the tables of databases: what an increment could miss."""

import pytest

from omni_pipeline.bronze import Appended, BronzeTable, Modified, OwnedBy
from omni_pipeline.catalog import tables_of
from omni_pipeline.sources import source_names

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
