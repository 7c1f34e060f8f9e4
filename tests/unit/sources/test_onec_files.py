"""Files of 1C: tables and CommerceML, what they tell, what is wrong with them."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest

from omni_pipeline.sources.onec.folder import read
from omni_pipeline.sources.onec.parsed import Told

FIXTURES = Path(__file__).resolve().parents[2] / "fixtures" / "onec"
HEADING = "Номер;Дата;Номер на сайте;Сумма"
ROOT = "КоммерческаяИнформация"
ORDER = (
    "<Документ><Номер>{0}</Номер><Дата>2026-03-12</Дата><ХозОперация>Заказ товара</ХозОперация>"
    "<Сумма>{1}</Сумма><Товары><Товар><Ид>a</Ид><Количество>{2}</Количество></Товар></Товары>"
    "</Документ>"
)


def recorded(name: str, encoding: str = "cp1251") -> Told:
    """A recorded file in the encoding in which it came."""
    return read(name, (FIXTURES / name).read_text().encode(encoding))


def table(*lines: str) -> Told:
    return read("a.csv", "\n".join(lines).encode())


def reasons(told: Told) -> list[str]:
    return [refused.reason for refused in told.orders.refused + told.items.refused]


def test_an_exchange_file_tells_orders_with_their_lines() -> None:
    told = recorded("exchange.xml")
    assert not reasons(told)
    assert list(told.orders.rows) == [("ИМ00-000123", 2026), ("00УТ-000009", 2026)]
    order = told.orders.rows["ИМ00-000123", 2026]
    assert {n: v for n, v in order.items() if n not in ("customer_code", "origin")} == {
        "number": "ИМ00-000123",
        "year": 2026,
        "document_id": "5f0c1f1e-1d6a-11f1-9d5c-0050569a0001",
        "site_number": "10023/57",
        "ordered_at": datetime(2026, 3, 12, 16),
        "status": "К отгрузке",
        "sum": order["sum"],
        "currency": "RUB",
        "is_paid": True,  # by the number of its payment
        "paid_at": datetime(2026, 3, 13),
        "is_cancelled": False,
        "is_posted": True,
        "is_deleted": False,
        "customer_name": "Петрова Анна",
        "phone": "8 (999) 100-20-30",
        "email": "anna@shop.example",
        "changed_at": None,
    }
    assert str(order["sum"]) == "12500.50"
    items = told.items.rows["ИМ00-000123", 2026]["items"]
    assert [(item["product_code"], item["quantity"], item["sum"]) for item in items] == [
        ("chair#white", "2", "12000.50"),
        ("ORDER_DELIVERY", "1", "500"),
    ]
    own = told.orders.rows["00УТ-000009", 2026]
    assert (own["site_number"], own["is_deleted"], own["is_paid"]) == (None, True, None)
    assert told.items.rows["00УТ-000009", 2026]["items"] == []


def test_a_table_of_orders_stands_below_its_title_and_above_its_total() -> None:
    told = recorded("orders.csv")
    assert not reasons(told)
    assert (len(told.orders.rows), told.orders.totals, len(told.items.rows)) == (2, 1, 0)
    first, second = told.orders.rows.values()
    assert (str(first["sum"]), first["currency"], first["is_paid"]) == ("1234.50", "RUB", True)
    assert first["ordered_at"] == datetime(2026, 3, 12, 14, 5)
    assert (second["number"], second["ordered_at"]) == ("ИМ00-000125", datetime(2026, 3, 13, 9))
    assert (second["customer_name"], second["is_cancelled"]) == ('ООО "Ромашка"', None)
    assert second["phone"] is None


def test_lines_of_orders_are_a_table_of_their_own() -> None:
    told = recorded("lines.txt", "utf-16")
    assert not reasons(told)
    assert not told.orders.rows
    assert told.orders.is_understood, "the file is no reason to keep orders that it had"
    assert told.items.totals == 1
    items = told.items.rows["ИМ00-000124", 2026]["items"]
    assert [(item["product_code"], item["price"]) for item in items] == [
        ("chair", "500.25"),
        ("lamp", "234"),
    ]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("7;12.03.2026;1;1,234", "sum may be thousands or a fraction: write it without the comma"),
        ("7;12.03.2026;1;", "sum is empty"),
        ("7;12.03.2026;1", "3 cells where the header has 4"),
        ("7;yesterday;1;5", "ordered_at is not a day"),
        ("7;12.03.2026 25:00;1;5", "ordered_at has no time of day that can be"),
        ("7;;1;5", "date is empty: numbers of 1C begin anew every year"),
        (";12.03.2026;1;5", "number is empty"),
    ],
)
def test_a_line_that_is_not_understood_is_refused_alone(line: str, reason: str) -> None:
    told = table(HEADING, line, "8;13.03.2026;2;6")
    assert list(told.orders.rows) == [("8", 2026)]
    assert reasons(told) == [reason]
    assert told.orders.refused[0].raw.startswith("a.csv:2: ")


def test_a_refused_line_keeps_the_order_and_the_lines_that_stand() -> None:
    told = table(HEADING, "7;12.03.2026;1;five")
    assert [refused.key for refused in told.orders.refused] == [("7", 2026)]
    heading = "Номер;Дата;Код;Количество"
    told = table(heading, "7;12.03.2026;a;1", "7;12.03.2026;b;many", "8;12.03.2026;a;1")
    assert list(told.items.rows) == [("8", 2026)], "half of the lines are another order"
    assert [refused.key for refused in told.items.refused] == [("7", 2026)]


def test_of_two_lines_with_one_number_the_later_counts_and_years_are_apart() -> None:
    told = table(HEADING, "7;12.03.2026;1;5", "7;12.03.2025;1;6", "7;14.03.2026;1;7")
    assert [(key, int(row["sum"])) for key, row in told.orders.rows.items()] == [
        (("7", 2025), 6),
        (("7", 2026), 7),
    ]
    assert len(told.orders.repeated) == 1


def test_an_empty_date_of_1c_is_none() -> None:
    told = table("Номер;Дата;Сумма;Дата оплаты", "7;12.03.2026;5;01.01.0001 0:00:00")
    assert told.orders.rows["7", 2026]["paid_at"] is None


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1251"])
@pytest.mark.parametrize("declared", ["UTF-8", "windows-1251"])
def test_the_encoding_is_found_out_whatever_is_declared(encoding: str, declared: str) -> None:
    text = (
        f'<?xml version="1.0" encoding="{declared}"?><{ROOT}>{ORDER.format("ИМ-1", 5, 1)}</{ROOT}>'
    )
    told = read("a.xml", text.encode(encoding))
    assert not reasons(told)
    assert list(told.orders.rows) == [("ИМ-1", 2026)]


def test_a_file_that_is_cut_off_gives_what_is_whole_and_takes_nothing_away() -> None:
    text = f"<{ROOT}>{ORDER.format(1, 5, 1)}{ORDER.format(2, 5, 1)}"
    told = read("a.xml", text[:-30].encode())
    assert list(told.orders.rows) == [("1", 2026)]
    (reason,) = reasons(told)
    assert reason.startswith("the XML is broken or cut off (line 1: ")
    assert not told.orders.is_understood
    assert not told.items.is_understood


BOMB = '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>'
OUTSIDE = '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>'


@pytest.mark.parametrize("doctype", [BOMB, OUTSIDE])
def test_a_document_type_is_refused_before_any_entity_is_made(doctype: str) -> None:
    told = read("a.xml", f"{doctype}<{ROOT}>{ORDER.format('&a;', 5, 1)}</{ROOT}>".encode())
    assert not told.orders.rows
    assert reasons(told) == [
        "the XML declares a document type, which CommerceML does not: not read"
    ]


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("a.xml", "", "the XML is broken or cut off"),
        ("a.xml", "<html></html>", "the XML is no CommerceML"),
        ("a.xml", f"<{ROOT}>{'<a>' * 50}", "the XML is nested too deep"),
        ("a.csv", "day;cost\n1;2", "no header of orders"),
        ("a.pdf", "%PDF", "files of this kind are not read"),
        ("a.xlsx", "PK\x03\x04 broken", "the workbook is broken"),
    ],
)
def test_a_file_of_another_kind_is_refused_by_name(name: str, content: str, reason: str) -> None:
    told = read(name, content.encode())
    (said,) = reasons(told)
    assert said.startswith(reason)
    assert told.orders.refused[0].raw.startswith(name)
    assert not told.orders.is_understood


@pytest.mark.parametrize(
    ("number", "money", "quantity", "left"),
    [("", 5, 1, (0, 0, 1)), (1, "many", 1, (0, 1, 1)), (1, 5, "many", (1, 0, 1))],
)
def test_a_document_with_a_fault_is_refused_alone(
    number: object, money: object, quantity: object, left: tuple[int, int, int]
) -> None:
    whole: Callable[[str], str] = lambda told: f"<{ROOT}>{told}{ORDER.format(9, 5, 1)}</{ROOT}>"  # noqa: E731
    told = read("a.xml", whole(ORDER.format(number, money, quantity)).encode())
    orders, items = told.orders.rows.keys(), told.items.rows.keys()
    assert {("9", 2026)} <= orders & items
    assert (len(orders) - 1, len(items) - 1, len(reasons(told))) == left


def test_of_two_documents_with_one_number_the_lines_of_the_later_count() -> None:
    text = f"<{ROOT}>{ORDER.format(1, 5, 1)}{ORDER.format(1, 6, 2)}</{ROOT}>"
    told = read("a.xml", text.encode())
    assert int(told.orders.rows["1", 2026]["sum"]) == 6
    assert [item["quantity"] for item in told.items.rows["1", 2026]["items"]] == ["2"]
