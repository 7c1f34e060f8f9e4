"""Files of advertising cost: encodings, delimiters, numbers, Google Ads exports, the folder."""

import csv
import io
import os
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from omni_pipeline.errors import SourceError
from omni_pipeline.sources.ads import csv_cells
from omni_pipeline.sources.ads.access import calendar, endpoints, money, open_readers
from omni_pipeline.sources.ads.csv_cells import Unclear
from omni_pipeline.sources.ads.csv_rows import parse
from omni_pipeline.sources.ads.csv_table import ParsedFile
from omni_pipeline.sources.ads.periods import Money
from omni_pipeline.sources.ads.tables import CAMPAIGN_COST
from tests.local_http import FIXTURES

RUSSIAN = (FIXTURES / "ads/costs_ru.csv").read_text(encoding="utf-8")
GOOGLE = (FIXTURES / "ads/google_ads.csv").read_text(encoding="utf-8")
PLAIN = "day,campaign_id,cost\n2026-05-03,7,10.50\n"


def parsed(text: str, encoding: str = "utf-8", **settings: Any) -> ParsedFile:
    return parse("costs.csv", text.encode(encoding), Money(**settings))


def only(file: ParsedFile) -> dict[str, Any]:
    assert not file.refused, file.refused
    (row,) = file.rows.values()
    return row


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("1234.5", "1234.5"),
        ("1234,5", "1234.5"),
        ("1 234,56 ₽", "1234.56"),
        ("1\u00a0234\u202f567,89", "1234567.89"),
        ("1,234.56", "1234.56"),
        ("1.234,56", "1234.56"),
        ("1,234,567", "1234567"),
        ("1.234.567", "1234567"),
        ("1.234", "1.234"),
        ("0,125", "0.125"),
        ("-12,5", "-12.5"),
        ("$1,234.00", "1234.00"),
        ("99 руб.", "99"),
        ("0", "0"),
        (" -- ", None),
        ("", None),
    ],
)
def test_amounts(cell: str, expected: str | None) -> None:
    assert csv_cells.amount(cell) == (None if expected is None else Decimal(expected))


@pytest.mark.parametrize(
    "cell", ["1,234", "12,34,5", "1.2.3", "пять", "1e5", "NaN", "1,2.3,4", "="]
)
def test_amounts_that_are_not_guessed(cell: str) -> None:
    with pytest.raises(Unclear) as caught:
        csv_cells.amount(cell)
    assert cell not in str(caught.value), "the reason holds no value"


@pytest.mark.parametrize(
    ("cell", "expected"),
    [("12 345", 12345), ("12,345", 12345), ("1.234.567", 1234567), ("7.0", 7), ("--", None)],
)
def test_whole_numbers(cell: str, expected: int | None) -> None:
    assert csv_cells.whole(cell) == expected


@pytest.mark.parametrize(
    "cell", ["2026-05-03", "03.05.2026", "20260503", "May 3, 2026", "2026-05-03 00:00:00"]
)
def test_days(cell: str) -> None:
    assert csv_cells.day(cell) == date(2026, 5, 3)


@pytest.mark.parametrize("cell", ["03/05/2026", "31.02.2026", "03.05.0026", "вчера", ""])
def test_days_that_are_not_guessed(cell: str) -> None:
    with pytest.raises(Unclear):
        csv_cells.day(cell)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1251"])
@pytest.mark.parametrize("delimiter", [";", "\t"])
def test_encodings_and_delimiters(encoding: str, delimiter: str) -> None:
    text = RUSSIAN.replace(";", delimiter)
    if encoding == "utf-16-le":
        text = "\ufeff" + text
    if encoding == "cp1251":
        text = text.replace("₽", "р.")  # a sign cp1251 has no place for
    file = parsed(text, encoding)
    first, second = file.rows.values()
    assert (first["provider"], first["campaign_name"]) == ("2гис", "Карточка компании")
    # Two lines of one campaign and day are added up.
    assert (first["cost"], first["impressions"], first["clicks"]) == (
        Decimal("1235.00"),
        13000,
        121,
    )
    assert (first["vat_included"], first["vat_rate"]) == (True, 22)
    assert (second["day"], second["cost"]) == (date(2026, 5, 4), 10)
    assert [refused.reason for refused in file.refused] == [
        "cost may be thousands or a fraction: write it without the comma",
        "day is not a day",
        "cost is not a number",
        "campaign is empty",
        "6 cells where the header has 9",
        "vat_included is neither yes nor no",
    ]
    assert file.refused[0].raw.startswith("costs.csv:5: 04.05.2026 | радио | Утро")


def test_the_smallest_table_of_the_contract() -> None:
    row = only(parsed(PLAIN))
    assert row == {
        **dict.fromkeys(CAMPAIGN_COST.columns),
        "provider": "csv",
        "account": "main",
        "campaign_id": "7",
        "network": "",
        "day": date(2026, 5, 3),
        "cost": Decimal("10.50"),
        "currency": "RUB",
        "vat_included": False,
        "vat_rate": Decimal(22),
        "origin": "costs.csv",
    }


def test_lines_that_end_with_empty_cells() -> None:
    assert only(parsed("sep=;\nday;campaign_id;cost\n2026-05-03;7;1;;\n"))["cost"] == 1


def test_what_is_assumed_where_a_file_is_silent() -> None:
    assert only(parsed(PLAIN, currency="KZT"))["vat_rate"] == 0
    assert only(parsed(PLAIN, currency="KZT", vat_rate=Decimal(12)))["vat_rate"] == 12
    told = "day,campaign,cost,currency,vat_rate\n2026-05-03,a,1,usd,0\n"
    row = only(parsed(told, vat_rate=Decimal(20)))
    assert (row["currency"], row["vat_rate"], row["campaign_id"]) == ("USD", 0, "a")


@pytest.mark.parametrize(
    "text", ["", "\n\n", "a,b\n1,2\n", "day,cost\n2026-05-03,1\n", "\x00\x01", '"day,"cost\n"']
)
def test_a_file_of_something_else_is_refused_as_a_whole(text: str) -> None:
    file = parsed(text)
    assert not file.rows
    (refused,) = file.refused
    assert "no header" in refused.reason


@pytest.mark.parametrize("form", ["csv", "excel"])
def test_a_google_ads_export(form: str) -> None:
    if form == "csv":
        file = parsed(GOOGLE)
    else:
        out = io.StringIO()
        csv.writer(out, delimiter="\t").writerows(csv.reader(io.StringIO(GOOGLE)))
        file = parsed(out.getvalue(), "utf-16")
    assert not file.refused
    first, second, third = file.rows.values()
    assert (first["provider"], first["campaign_id"], first["day"]) == (
        "google_ads",
        "20001",
        date(2026, 5, 3),
    )
    assert (first["cost"], first["currency"]) == (Decimal("1234.56"), "USD")
    assert (first["impressions"], first["clicks"], first["conversions"]) == (
        12345,
        678,
        Decimal("3.50"),
    )
    assert (first["vat_included"], first["vat_rate"]) == (False, 0)
    assert (second["network"], second["conversions"]) == ("search partners", None)
    assert (third["campaign_name"], third["cost"]) == ("Display, brand", 0)


@pytest.fixture
def bare(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """An environment without settings of this source."""
    for name in list(os.environ):
        if name.startswith(("ADS_", "YANDEX_DIRECT_", "VK_ADS_")):
            monkeypatch.delenv(name)
    return monkeypatch


def test_doors_open_by_their_settings(bare: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert not any(endpoint.configured for endpoint in endpoints())
    assert open_readers() == []
    bare.setenv("ADS_CSV_DIR", str(tmp_path))
    bare.setenv("YANDEX_DIRECT_TOKEN", "direct-canary")
    bare.setenv("YANDEX_DIRECT_LOGIN", "one, two")
    bare.setenv("VK_ADS_TOKEN", "vk-canary")
    bare.setenv("VK_ADS_ACCOUNT", "dom")
    names = [reader.name for reader in open_readers()]
    assert names == ["yandex_direct/one", "yandex_direct/two", "vk_ads/dom", "csv"]
    bare.setenv("VK_ADS_CLIENT_ID", "id-canary")
    bare.setenv("VK_ADS_CLIENT_SECRET", "secret-canary")
    with pytest.raises(SourceError, match=r"^VK_ADS_TOKEN: set either it or VK_ADS_CLIENT_ID"):
        open_readers()
    bare.delenv("VK_ADS_TOKEN")
    assert [reader.name for reader in open_readers()] == names


def test_common_settings(bare: pytest.MonkeyPatch) -> None:
    assert (calendar().zone, calendar().since, calendar().reread_days) == (
        "Europe/Moscow",
        None,
        30,
    )
    bare.setenv("ADS_SINCE", "2026-02-01")
    bare.setenv("ADS_REREAD_DAYS", "7")
    bare.setenv("ADS_VAT_RATE", "20%")
    assert (calendar().since, calendar().reread_days) == (date(2026, 2, 1), 7)
    assert money().vat_rate == 20


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ADS_SINCE", "yesterday"),
        ("ADS_REREAD_DAYS", "0"),
        ("ADS_REREAD_DAYS", "week"),
        ("ADS_TIMEZONE", "Moscow"),
        ("ADS_VAT_RATE", "much"),
        ("ADS_VAT_RATE", "NaN"),
    ],
)
def test_a_wrong_setting_is_named(bare: pytest.MonkeyPatch, name: str, value: str) -> None:
    bare.setenv(name, value)
    with pytest.raises(SourceError, match=f"^{name}: is not a"):
        calendar(), money()
