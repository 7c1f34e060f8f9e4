"""Files of advertising cost as people deliver them, through folder and landing to bronze."""

import os
from datetime import date
from pathlib import Path
from typing import Any

import psycopg

from omni_pipeline.bronze.landing import LandingResult
from omni_pipeline.sources.ads.csv_folder import CsvFolder
from omni_pipeline.sources.ads.ingest import ingest_ads
from omni_pipeline.sources.ads.tables import TABLES
from tests.local_http import FIXTURES
from tests.workbook import Cell, xlsx

Connection = psycopg.Connection[Any]


def ingest(warehouse: Connection, reader: CsvFolder) -> LandingResult:
    (ingested,) = ingest_ads(warehouse, [reader], TABLES)
    assert ingested.result is not None
    return ingested.result


def rows(warehouse: Connection, statement: str) -> list[tuple[Any, ...]]:
    return warehouse.execute(statement).fetchall()


def spent(warehouse: Connection) -> list[tuple[Any, ...]]:
    """Campaign, day and kopecks of what stands."""
    return rows(
        warehouse,
        "select campaign_name, day::text, (100 * cost)::bigint from raw_ads.campaign_cost"
        " where _next_seq is null and not _deleted order by 1, 2",
    )


def test_a_totals_line_neither_costs_nor_keeps_a_renamed_campaign(
    warehouse: Connection, tmp_path: Path
) -> None:
    reader, path = CsvFolder(tmp_path), tmp_path / "costs.csv"
    path.write_bytes((FIXTURES / "ads/totals_line_day1.csv").read_bytes())
    first = ingest(warehouse, reader)
    assert (first.rows_in, first.rows_new, first.rows_totals) == (3, 2, 1)
    day = "2026-11-20"
    radio = ("field-c03-radio", day, 500_000)
    assert spent(warehouse) == [("field-c03-blogger", day, 1_000_000), radio]
    path.write_bytes((FIXTURES / "ads/totals_line_day2.csv").read_bytes())
    second = ingest(warehouse, reader)
    assert (second.rows_new, second.rows_unchanged, second.rows_deleted) == (1, 1, 1)
    assert (second.rows_totals, second.rows_quarantined) == (1, 0)
    assert spent(warehouse) == [("field-c03-blogger-anna", day, 1_000_000), radio]
    # A line that is not understood keeps the row it is about, and no other.
    text = path.read_text(encoding="utf-8").replace("5000,00;radio", "пять;radio")
    path.write_text(text.replace("blogger-anna", "blogger"), encoding="utf-8")
    third = ingest(warehouse, reader)
    assert (third.rows_new, third.rows_deleted, third.rows_quarantined) == (1, 1, 1)
    assert spent(warehouse) == [("field-c03-blogger", day, 1_000_000), radio]
    assert rows(
        warehouse,
        "select count(*) from ops.batch where rows_in <> rows_new + rows_changed + rows_unchanged"
        " + rows_repeated + rows_quarantined + rows_totals",
    ) == [(0,)]


def test_a_stray_quote_takes_no_other_line(warehouse: Connection, tmp_path: Path) -> None:
    """Until now two rows of four landed, 700 of 1,000 rubles, and nothing was refused."""
    path = tmp_path / "costs.csv"
    lines = ["day;campaign;cost", '2026-11-20;"a;100', "2026-11-20;b;200", '2026-11-20;c";300']
    path.write_text("\n".join([*lines, "2026-11-20;d;400", '2026-11-20;"e']), encoding="utf-8")
    result = ingest(warehouse, CsvFolder(tmp_path))
    assert (result.rows_in, result.rows_new, result.rows_quarantined) == (5, 4, 1)
    costs = {name: kopecks for name, _, kopecks in spent(warehouse)}
    assert costs == {"a": 10_000, "b": 20_000, 'c"': 30_000, "d": 40_000}
    noted = "select campaign_name from raw_ads.campaign_cost where _repairs = array['stray_quote']"
    assert rows(warehouse, noted) == [("a",)]


def test_names_of_files_and_campaigns_that_are_no_text(
    warehouse: Connection, tmp_path: Path
) -> None:
    name = os.fsdecode(b"caf\xe9.csv")
    (tmp_path / name).write_bytes("день;кампания;расход\n2026-11-20;Ёлка;1\n".encode())
    reader = CsvFolder(tmp_path)
    assert ingest(warehouse, reader).rows_new == 1
    (tmp_path / name).write_bytes("день;кампания;расход\n2026-11-20;".encode() + b"\xd0\x81\xd0;2")
    changed = ingest(warehouse, reader)
    assert (changed.rows_new, changed.rows_deleted) == (1, 1)
    found = rows(
        warehouse,
        "select campaign_id, origin, _repairs from raw_ads.campaign_cost"
        " where _next_seq is null and not _deleted",
    )
    assert found == [("Ё\ufffd", "caf\ufffd.csv", ["undecodable_bytes"])]


def test_exports_and_workbooks_as_they_are(warehouse: Connection, tmp_path: Path) -> None:
    files = tmp_path
    (files / "direct.csv").write_bytes((FIXTURES / "ads/direct_cabinet.csv").read_bytes())
    (files / "broken.xlsx").write_bytes(b"PK\x03\x04 and no more")
    head: list[Cell] = ["Дата", "№ Кампании", "Кампания", "Расход (руб.)"]
    lines: list[list[Cell]] = [
        ["Клиент: shop-login"],
        head,
        [date(2026, 11, 20), 70000102, "sofas", 0.1 + 0.2],
        [date(2026, 11, 21), 70000102, "sofas", 4.35],
        ["Итого", None, None, 4.65],
    ]
    book = xlsx({"a": lines})
    (files / "direct.xlsx").write_bytes(book)
    result = ingest(warehouse, CsvFolder(files))
    assert (result.rows_new, result.rows_totals, result.rows_quarantined) == (4, 2, 1)
    assert spent(warehouse) == [
        ("field-c01-brand", "2026-11-20", 50_050),
        ("field-c01-brand", "2026-11-21", 149_950),
        ("sofas", "2026-11-20", 30),
        ("sofas", "2026-11-21", 435),
    ]
    named = "select raw from ops.quarantine where reason like 'the workbook is broken%'"
    assert rows(warehouse, named) == [('"broken.xlsx"',)]
