"""What the sandbox's 1C exports is what the readers understand, in both kinds of files."""

from collections import Counter
from datetime import datetime
from decimal import Decimal
from typing import Any

from omni_pipeline.sandbox.onec import FAULTS, Document, exchange, kept, tables
from omni_pipeline.sources.onec.folder import read

HONEST = Document(
    number="ИМ00-010023",
    site_number="10023/57",
    at=datetime(2026, 3, 12, 14, 5),
    state="Закрыт",
    sum=Decimal("12500.50"),
    currency="RUB",
    is_paid=True,
    paid_at=datetime(2026, 3, 13, 9),
    is_cancelled=False,
    is_posted=True,
    name="ООО «Ромашка» & сыновья",
    phone="+7 999 100-20-30",
    email="anna@shop.example",
    changed_at=datetime(2026, 3, 14),
    lines=[
        ("g-1#o-2", "Стол; складной", Decimal(2), Decimal("6000.25")),
        ("ORDER_DELIVERY", "Доставка заказа", Decimal(1), Decimal(500)),
    ],
)


def told(content: bytes, name: str) -> tuple[list[Any], list[Any]]:
    found = read(name, content)
    assert not found.orders.refused + found.items.refused
    return list(found.orders.rows.values()), list(found.items.rows.values())


def test_tables_and_exchange_file_tell_one_order() -> None:
    files = tables([HONEST])
    (by_table,), _ = told(files["orders.csv"], "a.csv")
    _, (lines_by_table,) = told(files["order_lines.csv"], "a.csv")
    (by_exchange,), (lines_by_exchange,) = told(exchange([HONEST]), "a.xml")
    assert by_table.pop("site_number") == "0010023/57", "padded, as 1C does"
    assert by_exchange.pop("site_number") == HONEST.site_number
    assert (by_table.pop("is_deleted"), by_exchange.pop("is_deleted")) == (None, False)
    assert by_table | {"origin": "a.xml"} == by_exchange
    assert (by_table["sum"], by_table["paid_at"]) == (HONEST.sum, HONEST.paid_at)
    assert [float(line["sum"]) for line in lines_by_table["items"]] == [12000.5, 500]
    named = [[line["product_code"] for line in each["items"]]
             for each in (lines_by_table, lines_by_exchange)]  # fmt: skip
    assert named[0] == named[1] == ["g-1#o-2", "ORDER_DELIVERY"]


def test_two_orders_of_a_hundred_disagree_and_each_fault_comes_up() -> None:
    drawn = [kept(order, HONEST) for order in range(20_000)]
    shares = Counter(fault for fault, _ in drawn)
    assert 0.015 < 1 - shares[""] / len(drawn) < 0.025
    assert shares.keys() == {"", *dict(FAULTS)}
    for fault, documents in drawn:
        assert (documents == [HONEST]) == (not fault)
