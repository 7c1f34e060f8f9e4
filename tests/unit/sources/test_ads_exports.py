"""What people export and drop: totals lines of every kind, cabinet exports, workbooks."""

from collections import defaultdict
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from omni_pipeline.sources.ads import csv_cells, workbooks
from omni_pipeline.sources.ads.csv_rows import parse
from omni_pipeline.sources.ads.csv_table import ParsedFile
from omni_pipeline.sources.ads.periods import Money
from tests.local_http import FIXTURES
from tests.workbook import Cell, xlsx

HEAD = "дата;кампания;расход\n"
TWO = "20.11.2026;blogger;10000,00\n20.11.2026;radio;5000,00\n"


def parsed(content: bytes | str, name: str = "costs.csv") -> ParsedFile:
    return parse(name, content.encode() if isinstance(content, str) else content, Money())


def fixture(name: str) -> bytes:
    return (FIXTURES / "ads" / name).read_bytes()


def spent(file: ParsedFile) -> Decimal:
    return sum((row["cost"] for row in file.rows.values()), Decimal(0))


def by_campaign(file: ParsedFile) -> dict[str, Decimal]:
    found: dict[str, Decimal] = defaultdict(Decimal)
    for row in file.rows.values():
        found[row["campaign_id"]] += row["cost"]
    return dict(found)


def first(file: ParsedFile) -> dict[str, Any]:
    return next(iter(file.rows.values()))


def test_a_campaign_named_like_a_total_is_spent() -> None:
    file = parsed(fixture("google_totals.csv"))
    assert spent(file) == Decimal("1934.56")
    assert (len(file.rows), file.totals, file.refused) == (3, 2, [])
    assert by_campaign(file) == {"9000201": Decimal("1234.56"), "9000202": Decimal(700)}


@pytest.mark.parametrize(
    "line",
    [
        "Итого;;15000,00", ";Итого;15000,00", "Итого:;;15000,00", "ИТОГО;--;15 000,00 ₽",
        "Всего;;15000", "Grand total;;15000,00", "Total;;15000,00", "Total: Search;;15000,00",
        ";Total: Account;15000,00", "Итого по кампаниям;;15000,00", "Итого и среднее;;15000,00",
        "Общий итог;;15000,00", "Всего: аккаунт; --;15000,00", "Все кампании;;15000,00",
        "Барлығы;;15000,00", "Subtotal;;15000,00", "Итого;15000,00", "Total by day;;15000;;",
        ";;15000,00", "20.11.2026 - 21.11.2026;;15000,00", "20.11.2026–21.11.2026;Итого;15000,00",
        "с 20 ноября 2026 по 21 ноября 2026;;15000,00", "Nov 20, 2026 - Nov 21, 2026;;15000",
        "20.11.2026;;15000,00", "20.11.2026;Итого;15000,00", "20.11.2026;Total;15000",
    ],
)  # fmt: skip
@pytest.mark.parametrize("place", ["bottom", "top"])
def test_totals_lines(line: str, place: str) -> None:
    text = HEAD + (TWO + line + "\n" if place == "bottom" else line + "\n" + TWO)
    file = parsed(text)
    assert spent(file) == 15000
    assert (len(file.rows), file.totals, file.refused) == (2, 1, [])


def test_totals_above_the_heading_and_for_each_campaign() -> None:
    assert parsed("Итого;;15000,00\n" + HEAD + TWO).totals == 1
    lines = "20.11.2026;a;1,50\n21.11.2026;a;2,50\n{}20.11.2026;b;3\n21.11.2026;b;4\n{}"
    for one, other in ((";a;4\n", ";b;7\n"), ("Итого a;;4\n", "Итого b;;7\n")):
        file = parsed(HEAD + lines.format(one, other) + "Итого;;11\n")
        assert spent(file) == 11
        assert (file.totals, file.refused) == (3, [])


@pytest.mark.parametrize(
    "campaign", ["Итого", "Total Look case", "Все диваны", "Всего один день", "Total", "Сумма"]
)
def test_a_campaign_may_be_named_so(campaign: str) -> None:
    file = parsed(HEAD + TWO + f"20.11.2026;{campaign};700\n")
    assert spent(file) == 15700
    assert (file.totals, file.refused) == (0, [])


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (
            ";radio;5000",
            "day is not a day",
        ),  # a day forgotten, or the sum of one line: nobody knows
        (";Total Look case;700", "day is not a day"),
        ("вчера;Total Look case;700", "day is not a day"),
        (";;777", "day is not a day"),
        ("20.11.2026 - 21.11.2026;radio;777", "day is a span of days: export by day"),
        ("20.11.2026;;777", "campaign is empty"),
    ],
)
def test_what_is_neither_a_row_nor_a_total_is_refused(line: str, reason: str) -> None:
    file = parsed(HEAD + TWO + line + "\n")
    assert spent(file) == 15000
    assert file.totals == 0
    assert [refused.reason for refused in file.refused] == [reason]
    assert file.is_understood


def test_an_id_makes_a_campaign_whose_day_is_missing() -> None:
    head = "день;кампания;id кампании;расход\n"
    file = parsed(head + "20.11.2026;a;1;5\n;Итого;70000101;5\n")
    assert (file.totals, [refused.reason for refused in file.refused]) == (0, ["day is not a day"])


def test_a_dash_is_no_cost_and_an_empty_cell_is_unknown() -> None:
    file = parsed(HEAD + "20.11.2026;a;-\n20.11.2026;b; --\n20.11.2026;c;\n")
    assert by_campaign(file) == {"a": 0, "b": 0}
    assert [refused.reason for refused in file.refused] == ["cost is empty"]


def test_an_export_of_the_cabinet_of_direct() -> None:
    file = parsed(fixture("direct_cabinet.csv"))
    told = [(row["campaign_id"], row["day"], row["cost"]) for row in file.rows.values()]
    assert told == [
        ("70000101", date(2026, 11, 20), Decimal("500.50")),
        ("70000101", date(2026, 11, 21), Decimal("1499.50")),
    ]
    row = first(file)
    assert (row["provider"], row["account"], row["network"]) == (
        "yandex_direct", "shop-login", "search",
    )  # fmt: skip
    assert (row["currency"], row["vat_included"], row["clicks"]) == ("RUB", False, 20)
    assert (file.totals, file.refused) == (1, [])


@pytest.mark.parametrize(
    ("heading", "vat", "currency"),
    [
        ("Расход (руб.)", False, "RUB"),
        ("Расход, ₽", False, "RUB"),
        ("Расход (руб., с НДС)", True, "RUB"),
        ("Расход без НДС", False, "RUB"),
        ("Расход, руб. (с учётом НДС)", True, "RUB"),
        ("РАСХОД С НДС", True, "RUB"),
        ("Потрачено всего, ₽", False, "RUB"),
        ("Списано, ₽", False, "RUB"),
        ("Cost (USD)", False, "USD"),
        ("Spent, incl. VAT", True, "RUB"),
        ("Расход,\xa0тг", False, "KZT"),
    ],
)
def test_headings_of_cost(heading: str, vat: bool, currency: str) -> None:
    for delimiter, encoding in ((";", "utf-8-sig"), ("\t", "utf-16"), (";", "utf-16-le")):
        cells = (f"Дата;№ Кампании;Кампания;Ср. расход за клик;{heading}", "20.11.2026;7;a;9;1,5")
        text = "\n".join(cells).replace(";", delimiter)
        row = first(parsed(text.encode(encoding)))
        assert (row["cost"], row["vat_included"], row["currency"]) == (
            Decimal("1.5"),
            vat,
            currency,
        )


def test_of_two_columns_of_cost_the_one_that_tells_vat() -> None:
    text = "Дата;№ Кампании;Расход;НДС;Расход без НДС\n20.11.2026;7;122;22;100\n"
    row = first(parsed(text))
    assert (row["cost"], row["vat_included"]) == (100, False)


@pytest.mark.parametrize(
    ("above", "head", "provider"),
    [
        ("VK Реклама\nПериод: день\n", "Дата;ID кампании;Кампания;Потрачено", "vk_ads"),
        ("", "Дата;ID кампании;Кампания;Потрачено всего, ₽", "vk_ads"),
        ("myTarget: статистика\n", "Дата;ID кампании;Кампания;Списано, руб.", "mytarget"),
        ("Отчет по кампаниям\n", "День;Идентификатор кампании;Кампания;Стоимость", "google_ads"),
        ("", "День;Идентификатор кампании;Кампания;Расходы;Код валюты", "google_ads"),
        ("Campaign report\n", "Day;Campaign ID;Campaign;Cost;Currency code", "google_ads"),
        ('"Яндекс.Директ: отчет\n', "Дата;Номер кампании;Кампания;Расход", "yandex_direct"),
        ("", "Дата;Номер кампании;Кампания;Расход", "csv"),
        ("VK Реклама\n", "Дата;ID;Название;Всего потрачено, ₽", "vk_ads"),
    ],
)  # fmt: skip
def test_whose_export_it_is(above: str, head: str, provider: str) -> None:
    line = "20.11.2026;7;a;5;RUB".removesuffix(";RUB" if head.count(";") == 3 else "")
    row = first(parsed(f"{above}\n{head}\n{line}\n"))
    assert (row["provider"], row["campaign_id"], row["cost"]) == (provider, "7", 5)


@pytest.mark.parametrize(
    "cell",
    [
        "20 ноя 2026", "Пт, 20.11.2026", "20 ноября 2026 г.", "пятница, 20 ноября 2026",
        "20.11.26", "20 нояб. 2026 г.", "20.11.2026 00:00", "2026-11-20T00:00:00", "Nov 20, 2026",
        "Fri, Nov 20, 2026", "20 Nov 2026", "20-Nov-2026", "20.11.2026 (пт)", "2026.11.20",
        "20\xa0ноя\xa02026",
    ],
)  # fmt: skip
def test_days_as_exports_write_them(cell: str) -> None:
    assert csv_cells.day(cell) == date(2026, 11, 20)


@pytest.mark.parametrize("cell", ["20 foo 2026", "32 ноя 2026", "ноя 2026", "11/20/26", "46346"])
def test_days_that_are_none(cell: str) -> None:
    with pytest.raises(csv_cells.Unclear):
        csv_cells.day(cell)


@pytest.mark.parametrize(
    "cell", ["1\u2009499,50", "1\u202f499,50 р.", "1 499,50р", "1\xa0499,50\xa0руб.", "1499.50 ₽"]
)
def test_amounts_with_blanks_and_signs(cell: str) -> None:
    assert csv_cells.amount(cell) == Decimal("1499.50")


LINES: tuple[list[Cell], ...] = (
    ["Статистика по дням", None, None, None],
    ["Дата", "№ Кампании", "Кампания", "Расход (руб.)"],
    [date(2026, 11, 20), 70000101, "brand", 0.1 + 0.2],
    [date(2026, 11, 21), 70000101, "brand", 1499.7],
    ["Пн, 23.11.2026", 70000101, "brand", "1 000,00 ₽"],
    ["Итого", None, None, 2500.0],
)


def test_a_workbook() -> None:
    file = parsed(xlsx({"Отчёт": LINES}, hidden=[4]), "direct.xlsx")
    told = [(row["day"].day, str(row["cost"])) for row in file.rows.values()]
    assert told == [(20, "0.3"), (21, "1499.7"), (23, "1000.00")], "hidden rows are read as others"
    assert (file.totals, file.refused) == (1, [])
    assert (first(file)["campaign_id"], first(file)["provider"]) == ("70000101", "yandex_direct")
    # Whatever the name says: a workbook is known by its first bytes.
    assert parsed(xlsx({"a": LINES}), "direct.csv").rows.keys() == file.rows.keys()
    assert spent(parsed(fixture("direct_cabinet.csv"), "direct.xls")) == 2000


@pytest.mark.parametrize(
    ("stored", "kopecks"),
    [(1234.56, "123456"), (0.07, "7"), (19.99, "1999"), (1e6 + 0.01, "100000001"), (4.35, "435"),
     (1.005, "100.5"), (33.333, "3333.3"), (1e15, "100000000000000000"), (1e-7, "0.00001")],
)  # fmt: skip
def test_numbers_of_workbooks_are_the_decimals_that_are_shown(stored: float, kopecks: str) -> None:
    lines: list[list[Cell]] = [["day", "campaign", "cost"], [date(2026, 11, 20), "a", stored]]
    assert first(parsed(xlsx({"a": lines})))["cost"] * 100 == Decimal(kopecks)


def test_sheets() -> None:
    head: list[Cell] = ["day", "campaign", "cost"]
    november: list[Cell] = [date(2026, 11, 20), "a", 1.5]
    december: list[Cell] = [date(2026, 12, 1), "a", 2.5]
    book: dict[str, list[list[Cell]]] = {
        "ноябрь": [head, november],
        "декабрь": [head, december],
        "пустой": [],
        "Сводка": [head, november, [date(2026, 12, 1), "a", 9]],
        "Заметки": [["позвонить"]],
    }
    file = parsed(xlsx(book), "a.xlsx")
    assert spent(file) == 4
    assert len(file.repeated) == 1
    reasons = {refused.reason: refused.raw for refused in file.refused}
    assert reasons == {
        "another sheet tells other figures of this campaign and day":
            "a.xlsx [Сводка]: csv, main, a, 2026-12-01, cost 9",
        "no header with a day, a campaign and a cost was found in the file":
            "a.xlsx [Заметки]: позвонить",
    }  # fmt: skip


OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600
BROKEN = "the workbook is broken or cut off: save or copy it again"
LOCKED = "the workbook is protected by a password: save it without one"


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (OLE + "EncryptedPackage".encode("utf-16-le"), LOCKED),
        (OLE, BROKEN),
        (xlsx({"a": LINES})[:900], BROKEN),
        (xlsx({"a": []}), "the workbook is empty"),
    ],
)
def test_workbooks_that_cannot_be_read_are_named(content: bytes, reason: str) -> None:
    file = parsed(content, "costs.xlsx")
    assert [(refused.reason, refused.raw) for refused in file.refused] == [(reason, "costs.xlsx")]
    assert not file.is_understood


def test_a_workbook_cut_off_anywhere_is_refused() -> None:
    whole = xlsx({"a": LINES})
    for end in range(4, len(whole), 37):
        with pytest.raises(workbooks.Unreadable):
            workbooks.sheets_of(whole[:end])
