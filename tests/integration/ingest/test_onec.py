"""Files of 1C through folder and landing to bronze: what a later file changes and takes away."""

import os
from pathlib import Path
from typing import Any

import psycopg

from omni_pipeline.bronze.landing import LandingResult
from omni_pipeline.sources.ads.ingest import ingest_ads
from omni_pipeline.sources.onec.folder import OnecFolder
from omni_pipeline.sources.onec.tables import CUSTOMER_ORDER, CUSTOMER_ORDER_ITEMS, TABLES
from tests.local_http import FIXTURES

Connection = psycopg.Connection[Any]
HEADING = "Номер;Дата;Номер на сайте;Сумма\n"
LINES = "Номер;Дата;Код;Количество\n"


def ingest(warehouse: Connection, folder: Path) -> tuple[LandingResult, LandingResult]:
    """What happened to orders and to lines; files count as told in a fixed order."""
    results = []
    for table in TABLES:
        (ingested,) = ingest_ads(warehouse, [OnecFolder(folder, table)], [table])
        assert ingested.result is not None
        results.append(ingested.result)
    return results[0], results[1]


def write(folder: Path, name: str, text: str, at: int) -> None:
    (folder / name).write_text(text, encoding="utf-8")
    os.utime(folder / name, (at, at))


def standing(warehouse: Connection, table: str, columns: str) -> list[tuple[Any, ...]]:
    return warehouse.execute(
        f"select number, {columns} from raw_onec.{table}"
        " where _next_seq is null and not _deleted order by number, year"
    ).fetchall()


def test_both_kinds_of_files_land_in_the_same_tables(warehouse: Connection, tmp_path: Path) -> None:
    for name, encoding in (("exchange.xml", "cp1251"), ("orders.csv", "cp1251"),
                           ("lines.txt", "utf-16")):  # fmt: skip
        text = (FIXTURES / "onec" / name).read_text(encoding="utf-8")
        (tmp_path / name).write_bytes(text.encode(encoding))
    orders, items = ingest(warehouse, tmp_path)
    assert (orders.rows_new, orders.rows_totals, orders.rows_quarantined) == (4, 1, 0)
    assert (items.rows_new, items.rows_totals, items.rows_quarantined) == (3, 1, 0)
    assert standing(warehouse, CUSTOMER_ORDER.name, "site_number, (100 * sum)::bigint, origin") == [
        ("00УТ-000009", None, 1_000, "exchange.xml"),
        ("ИМ00-000123", "10023/57", 1_250_050, "exchange.xml"),
        ("ИМ00-000124", "10024/12", 123_450, "orders.csv"),
        ("ИМ00-000125", "10025/13", 9_900, "orders.csv"),
    ]
    lines = "jsonb_array_length(items), items -> 0 ->> 'quantity'"
    assert standing(warehouse, CUSTOMER_ORDER_ITEMS.name, lines) == [
        ("00УТ-000009", 0, None),
        ("ИМ00-000123", 2, "2"),
        ("ИМ00-000124", 2, "2"),
    ]
    again, _ = ingest(warehouse, tmp_path)
    assert again.rows_in == 0, "no file changed"


def test_a_later_file_tells_an_order_anew_and_a_changed_one_withdraws(
    warehouse: Connection, tmp_path: Path
) -> None:
    write(tmp_path, "a.csv", f"{HEADING}1;12.03.2026;x;5\n2;12.03.2026;y;6\n", 100)
    write(tmp_path, "lines.csv", f"{LINES}1;12.03.2026;a;1\n1;12.03.2026;b;1\n", 100)
    ingest(warehouse, tmp_path)
    write(tmp_path, "b.csv", f"{HEADING}2;12.03.2026;y;7\n", 200)
    write(tmp_path, "later.csv", f"{LINES}1;12.03.2026;a;1\n", 200)
    orders, items = ingest(warehouse, tmp_path)
    assert (orders.rows_changed, orders.rows_deleted) == (1, 0)
    assert (items.rows_changed, items.rows_deleted) == (1, 0)
    assert standing(warehouse, "customer_order_items", "jsonb_array_length(items)") == [("1", 1)]
    # The file of the first order lacks it now, and a line of the second is not understood.
    write(tmp_path, "a.csv", f"{HEADING}3;12.03.2026;z;8\n2;12.03.2026;y;six\n", 300)
    orders, _ = ingest(warehouse, tmp_path)
    assert (orders.rows_new, orders.rows_deleted, orders.rows_quarantined) == (1, 1, 1)
    (tmp_path / "b.csv").unlink()
    orders, _ = ingest(warehouse, tmp_path)
    assert orders.rows_deleted == 0, "a file that is taken away leaves its orders"
    told = standing(warehouse, "customer_order", "sum::int, origin")
    assert told == [("2", 7, "b.csv"), ("3", 8, "a.csv")]


def test_a_file_that_is_cut_off_withdraws_nothing(warehouse: Connection, tmp_path: Path) -> None:
    whole = (FIXTURES / "onec/exchange.xml").read_text(encoding="utf-8")
    write(tmp_path, "exchange.xml", whole, 100)
    ingest(warehouse, tmp_path)
    write(tmp_path, "exchange.xml", whole[: whole.index("00УТ")], 200)
    orders, items = ingest(warehouse, tmp_path)
    assert (orders.rows_quarantined, orders.rows_deleted, items.rows_deleted) == (1, 0, 0)
    reasons = warehouse.execute("select reason, raw from ops.quarantine").fetchall()
    assert [reason.split(" (")[0] for reason, _ in reasons] == ["the XML is broken or cut off"]
