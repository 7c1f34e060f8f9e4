"""The folder of advertising cost: when it is read, which file counts, what a change takes away."""

import os
from datetime import date
from pathlib import Path

import pytest

from omni_pipeline.bronze.staging import Refused
from omni_pipeline.errors import SourceError
from omni_pipeline.sources.ads.csv_folder import CsvFolder

PLAIN = "day,campaign_id,cost\n2026-05-03,7,10.50\n"


def write(folder: Path, name: str, text: str, at: int) -> None:
    (folder / name).write_text(text, encoding="utf-8")
    os.utime(folder / name, (at, at))


def test_the_folder_is_read_when_a_file_changed(tmp_path: Path) -> None:
    write(tmp_path, "a.csv", PLAIN, 100)
    write(tmp_path, "b.csv", "day,campaign_id,cost\n2026-05-03,7,99\n2026-05-03,8,1\n", 200)
    write(tmp_path, "notes.md", "not mine", 300)
    folder = CsvFolder(tmp_path)
    reading = folder.read(None, False)
    assert reading is not None
    assert reading.scope is not None
    assert reading.scope.values == {"origin": ("a.csv", "b.csv")}
    told = {row["campaign_id"]: row for row in reading.rows if isinstance(row, dict)}
    assert (told["7"]["cost"], told["7"]["origin"]) == (99, "b.csv"), "the later file counts"
    assert folder.read(reading.state, False) is None
    assert folder.read(reading.state, True) is not None, "the nightly compare reads all"
    write(tmp_path, "a.csv", PLAIN.replace("10.50", "11"), 400)
    again = folder.read(reading.state, False)
    assert again is not None
    told = {row["campaign_id"]: row for row in again.rows if isinstance(row, dict)}
    assert (told["7"]["cost"], told["8"]["cost"]) == (11, 1)


def test_a_line_that_is_refused_keeps_its_own_row_and_no_other(tmp_path: Path) -> None:
    """Until now one such line kept the whole file from withdrawing a row, for ever."""
    write(tmp_path, "a.csv", PLAIN, 100)
    write(tmp_path, "b.csv", PLAIN + "gestern,7,5\n2026-05-04,9,five\n", 200)
    folder = CsvFolder(tmp_path)
    reading = folder.read(None, False)
    assert reading is not None
    assert reading.scope is not None
    assert reading.scope.values == {"origin": ("a.csv", "b.csv")}
    refused = [row for row in reading.rows if isinstance(row, Refused)]
    assert [row.key for row in refused] == [None, ("csv", "main", "9", "", date(2026, 5, 4))]


@pytest.mark.parametrize("text", ["hello", "day,campaign_id,cost\n03/05/2026,7,1\n"])
def test_a_file_in_which_nothing_can_be_read_withdraws_nothing(tmp_path: Path, text: str) -> None:
    write(tmp_path, "a.csv", PLAIN, 100)
    write(tmp_path, "c.csv", text, 300)
    folder = CsvFolder(tmp_path)
    reading = folder.read(None, False)
    assert reading is not None
    assert reading.scope is not None
    assert reading.scope.values == {"origin": ("a.csv",)}
    assert sum(isinstance(row, Refused) for row in reading.rows) == 1
    said = "2 files of advertising cost; no row could be read from c.csv"
    assert folder.check() == said


def test_a_long_file_may_rename_its_campaign_but_not_lose_it(tmp_path: Path) -> None:
    days = [f"2026-05-{day:02d}" for day in range(1, 31)]
    text = "day,campaign,cost\n" + "".join(f"{day},old,1\n" for day in days)
    write(tmp_path, "a.csv", text, 100)
    folder = CsvFolder(tmp_path)
    first = folder.read(None, False)
    assert first is not None
    write(tmp_path, "a.csv", text.replace("old", "new"), 200)
    renamed = folder.read(first.state, False)
    assert renamed is not None
    assert renamed.max_shrink == 1.0
    assert folder.read(renamed.state, False) is None
    write(tmp_path, "a.csv", text[:200], 300)
    cut = folder.read(renamed.state, False)
    assert cut is not None
    assert cut.max_shrink is None, "the guard against lost rows stands"


def test_what_lies_in_the_folder_is_named_or_meant_for_nobody(tmp_path: Path) -> None:
    for name in ("~$costs.xlsx", ".hidden.csv", "costs.csv~", "a.csv.part", "notes.md"):
        write(tmp_path, name, "x", 100)
    assert CsvFolder(tmp_path).check() == "0 files of advertising cost"
    write(tmp_path, "report.pdf", "x", 100)
    reading = CsvFolder(tmp_path).read(None, False)
    assert reading is not None
    assert reading.scope is None
    (refused,) = reading.rows
    assert isinstance(refused, Refused)
    assert "save the table as .xlsx or .csv" in refused.reason
    assert refused.raw == "report.pdf"


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(SourceError) as caught:
        CsvFolder(tmp_path / "none").check()
    assert str(caught.value) == "ADS_CSV_DIR: the folder cannot be read (No such file or directory)"
