"""The folder of 1C: which of two files counts, what a change takes away."""

import os
from pathlib import Path

import pytest

from omni_pipeline.bronze.staging import Refused
from omni_pipeline.errors import SourceError
from omni_pipeline.sources.onec.access import FOLDER
from omni_pipeline.sources.onec.folder import OnecFolder
from omni_pipeline.sources.onec.tables import CUSTOMER_ORDER_ITEMS

ORDERS = "Номер;Дата;Сумма\n1;12.03.2026;5\n2;12.03.2026;6\n"
LINES = "Номер;Дата;Код;Количество\n1;12.03.2026;a;1\n1;12.03.2026;b;1\n"


def write(folder: Path, name: str, text: str, at: int) -> None:
    (folder / name).write_text(text, encoding="utf-8")
    os.utime(folder / name, (at, at))


def test_of_two_files_the_later_tells_an_order_and_all_its_lines(tmp_path: Path) -> None:
    write(tmp_path, "b.csv", ORDERS, 100)
    write(tmp_path, "a.csv", ORDERS.replace(";6", ";7"), 200)
    write(tmp_path, "d.csv", LINES, 300)
    write(tmp_path, "c.csv", LINES.rpartition("1;12")[0], 400)
    reading = OnecFolder(tmp_path).read(None, False)
    assert reading is not None
    assert reading.scope is not None
    assert reading.scope.values == {"origin": ("b.csv", "a.csv", "d.csv", "c.csv")}
    sums = {
        row["number"]: (row["sum"], row["origin"]) for row in reading.rows if isinstance(row, dict)
    }
    assert sums == {"1": (5, "a.csv"), "2": (7, "a.csv")}
    reading = OnecFolder(tmp_path, CUSTOMER_ORDER_ITEMS).read(None, False)
    assert reading is not None
    *_, last = (row for row in reading.rows if isinstance(row, dict))
    assert [item["product_code"] for item in last["items"]] == ["a"]


def test_nothing_is_read_while_no_file_changed(tmp_path: Path) -> None:
    write(tmp_path, "a.csv", ORDERS, 100)
    folder = OnecFolder(tmp_path)
    reading = folder.read(None, False)
    assert reading is not None
    assert folder.read(reading.state, False) is None
    write(tmp_path, "a.csv", ORDERS.rpartition("2;12")[0], 200)
    again = folder.read(reading.state, False)
    assert again is not None
    assert again.max_shrink is None, "half of the file is gone: the guard of the settings stands"


def test_a_broken_exchange_file_withdraws_nothing(tmp_path: Path) -> None:
    write(tmp_path, "a.csv", ORDERS, 100)
    write(tmp_path, "b.xml", "<КоммерческаяИнформация><Документ>", 200)
    reading = OnecFolder(tmp_path).read(None, False)
    assert reading is not None
    assert reading.scope is not None
    assert reading.scope.values == {"origin": ("a.csv",)}
    assert sum(isinstance(row, Refused) for row in reading.rows) == 1


def test_the_doctor_says_what_is_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, "a.csv", ORDERS, 100)
    write(tmp_path, "b.csv", LINES, 100)
    write(tmp_path, "c.xml", "<a/>", 100)
    monkeypatch.setenv("ONEC_CSV_DIR", str(tmp_path))
    assert FOLDER.check() == "3 files of 1C with 2 orders; no row could be read from c.xml"
    monkeypatch.setenv("ONEC_CSV_DIR", str(tmp_path / "gone"))
    with pytest.raises(SourceError, match="ONEC_CSV_DIR: the folder cannot be read"):
        FOLDER.check()
