"""The back office in 1C: a folder of exports of the site's orders, with the faults of people.

Belongs here: what 1C says of each order, and both kinds of files. A pure function of the site's
tables and each order's own dice, so an export made again changes only what the shop has changed.

Of a hundred orders two disagree: never loaded, loaded twice, cancelled on one side, a sum without
its delivery in a document that nobody posted, a payment not entered, another quantity, another
customer, a date of the next week, a state of somebody's own. What the site deleted stays in 1C.
"""

import csv
import io
import os
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any
from xml.sax.saxutils import escape

import psycopg

from omni_pipeline.sandbox.databases import database_url

EXCHANGED = timedelta(hours=2)  # younger orders have not been loaded yet
IN_EXCHANGE_FILES = timedelta(days=3)  # older ones are in the tables that 1C exports at night
STATES = {
    "N": "К выполнению",
    "W": "Ожидается предоплата (до отгрузки)",
    "P": "К отгрузке",
    "F": "Закрыт",
}
# Share of orders with each fault, in thousandths.
FAULTS = (
    ("missing", 3), ("twice", 2), ("cancelled", 3), ("unposted", 3), ("unpaid", 4),
    ("quantity", 2), ("customer", 1), ("date", 1), ("state", 1),
)  # fmt: skip
_ORDERS = """
    select o.id, o.account_number, o.date_insert, o.status_id, o.price, o.price_delivery,
        o.currency,
        o.payed = 'Y' or exists (
            select from b_sale_order_payment as p where p.order_id = o.id and p.is_return = 'Y'
        ) as is_paid,
        o.date_payed, o.canceled = 'Y' as is_cancelled, o.date_update,
        max(v.value) filter (where d.code = 'FIO') as name,
        max(v.value) filter (where d.code = 'PHONE') as phone,
        max(v.value) filter (where d.code = 'EMAIL') as email
    from b_sale_order as o
    left join b_sale_order_props_value as v on v.order_id = o.id
    left join b_sale_order_props as d on d.id = v.order_props_id
    group by o.id
    order by o.id
"""
_LINES = """
    select b.order_id, coalesce(e.xml_id, b.product_id::text), b.name, b.quantity::numeric, b.price
    from b_sale_basket as b
    left join b_iblock_element as e on e.id = b.product_id
    where b.order_id is not null and coalesce(b.set_parent_id, 0) in (0, b.id)
    order by b.id
"""


@dataclass(frozen=True)
class Document:
    """A customer order as 1C keeps it."""

    number: str
    site_number: str
    at: datetime
    state: str
    sum: Decimal
    currency: str
    is_paid: bool
    paid_at: datetime | None
    is_cancelled: bool
    is_posted: bool
    name: str
    phone: str
    email: str
    changed_at: datetime
    lines: list[tuple[str, str, Decimal, Decimal]] = field(default_factory=list)


def write(server_url: str, folder: Path) -> None:
    """Write what 1C exports now; a file that has not changed is left as it is."""
    with psycopg.connect(database_url(server_url, "site")) as connection:
        documents = list(_documents(connection))
    now = max((document.changed_at for document in documents), default=datetime.min)
    old = [each for each in documents if each.changed_at < now - IN_EXCHANGE_FILES]
    recent = [each for each in documents if each.changed_at >= now - IN_EXCHANGE_FILES]
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in {**tables(old), "exchange.xml": exchange(recent)}.items():
        _put(folder / name, content)


def tables(documents: list[Document]) -> dict[str, bytes]:
    """Orders and their lines as tables, by the name of the file."""
    return {
        "orders.csv": _table(_order_rows(documents)),
        "order_lines.csv": _table(_line_rows(documents)),
    }


def exchange(documents: list[Document]) -> bytes:
    """The same as a CommerceML file."""
    body = "".join(map(_xml, documents))
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<КоммерческаяИнформация '
        f'xmlns="urn:1C.ru:commerceml_2" ВерсияСхемы="2.08">\n{body}</КоммерческаяИнформация>\n'
    ).encode()


def kept(order: int, honest: Document) -> tuple[str, list[Document]]:
    """The fault of an order, if it has one, and the documents that 1C has of it."""
    draw = Random(f"1c:{order}").randrange(1_000)
    for fault, share in FAULTS:
        if draw < share:
            return fault, _faulty(fault, honest)
        draw -= share
    return "", [honest]


def _put(path: Path, content: bytes) -> None:
    if path.exists() and path.read_bytes() == content:
        return
    draft = path.with_suffix(".part")
    draft.write_bytes(content)
    os.replace(draft, path)


def _documents(connection: psycopg.Connection[Any]) -> Iterator[Document]:
    lines: dict[int, list[tuple[str, str, Decimal, Decimal]]] = defaultdict(list)
    for order, *line in connection.execute(_LINES):
        lines[order].append((line[0], line[1] or "", line[2], line[3]))
    orders = connection.execute(_ORDERS).fetchall()
    now = max((row[2] for row in orders), default=datetime.min)
    before: Document | None = None
    for row in orders:
        honest = _honest(row, lines[row[0]])
        # Ids have no gaps: what is missing between two was loaded, then deleted on the site.
        last = int(before.number.rpartition("-")[2]) if before else row[0] - 1
        for deleted in range(last + 1, row[0]):
            gone = f"{deleted}/{deleted % 97}"
            yield replace(
                honest, number=_number(deleted), site_number=gone, is_paid=False, lines=[]
            )
        before = honest
        if honest.at <= now - EXCHANGED:
            yield from kept(row[0], honest)[1]


def _honest(row: tuple[Any, ...], lines: list[tuple[str, str, Decimal, Decimal]]) -> Document:
    (id_, number, at, status, price, delivery, currency, is_paid, paid_at, is_cancelled, changed,
     name, phone, email) = row  # fmt: skip
    carried = [("ORDER_DELIVERY", "Доставка заказа", Decimal(1), delivery)] if delivery else []
    return Document(
        number=_number(id_),
        site_number=number,
        at=at,
        state=STATES.get(status, status),
        sum=price,
        currency=currency,
        is_paid=is_paid,
        paid_at=paid_at,
        is_cancelled=is_cancelled,
        is_posted=True,
        name=name or "",
        phone=phone or "",
        email=email or "",
        changed_at=changed,
        lines=[*lines, *carried],
    )


def _number(order: int) -> str:
    return f"ИМ00-{order:06d}"


def _faulty(fault: str, honest: Document) -> list[Document]:
    if fault == "missing":
        return []
    if fault == "twice":
        again = honest.number.replace("ИМ", "РЗ")
        return [honest, replace(honest, number=again, at=honest.at + timedelta(days=1))]
    if fault == "cancelled":
        return [replace(honest, is_cancelled=not honest.is_cancelled)]
    if fault == "unposted":
        delivery = sum(quantity * price for code, _, quantity, price in honest.lines
                       if code == "ORDER_DELIVERY")  # fmt: skip
        return [replace(honest, is_posted=False, sum=honest.sum - (delivery or Decimal(100)))]
    if fault == "unpaid":
        return [replace(honest, is_paid=False, paid_at=None)]
    if fault == "quantity" and honest.lines:
        (code, name, quantity, price), *rest = honest.lines
        lines = [(code, name, quantity + 1, price), *rest]
        return [replace(honest, lines=lines, sum=honest.sum + price)]
    if fault == "customer":
        return [replace(honest, name="Розничный покупатель", phone="+7 495 000-00-01", email="")]
    if fault == "date":
        return [replace(honest, at=honest.at + timedelta(days=6))]
    return [replace(honest, state="Ждём замер")]


def _order_rows(documents: list[Document]) -> Iterator[list[str]]:
    yield ["Заказы клиентов"]
    yield []
    yield ["Номер", "Дата", "Номер на сайте", "Состояние", "Сумма документа", "Валюта", "Оплачен",
           "Дата оплаты", "Отменен", "Проведен", "Контрагент", "Телефон", "E-mail",
           "Дата изменения"]  # fmt: skip
    for each in documents:
        # 1C pads what it took over to the length of its own numbers.
        yield [
            each.number, _moment(each.at), f"00{each.site_number}", each.state, _money(each.sum),
            each.currency, _truth(each.is_paid), _moment(each.paid_at), _truth(each.is_cancelled),
            _truth(each.is_posted), each.name, each.phone, each.email, _moment(each.changed_at),
        ]  # fmt: skip
    yield ["Итого", "", "", "", _money(sum((each.sum for each in documents), Decimal(0)))]


def _line_rows(documents: list[Document]) -> Iterator[list[str]]:
    yield ["Номер", "Дата", "Код товара", "Номенклатура", "Количество", "Цена", "Сумма"]
    for each in documents:
        for code, name, quantity, price in each.lines:
            yield [each.number, _moment(each.at), code, name, f"{quantity.normalize():f}",
                   _money(price), _money(price * quantity)]  # fmt: skip


def _table(rows: Iterator[list[str]]) -> bytes:
    text = io.StringIO()
    csv.writer(text, delimiter=";", lineterminator="\r\n").writerows(rows)
    return text.getvalue().encode("cp1251", "replace")


def _money(amount: Decimal) -> str:
    return f"{amount:,.2f}".replace(",", " ").replace(".", ",")


def _moment(at: datetime | None) -> str:
    return f"{at:%d.%m.%Y %H:%M:%S}" if at else ""


def _truth(value: bool) -> str:
    return "Да" if value else "Нет"


def _xml(each: Document) -> str:
    contacts = "".join(
        f"<Контакт>{_tags(Тип=kind, Значение=value)}</Контакт>"
        for kind, value in (("Телефон", each.phone), ("Почта", each.email))
        if value
    )
    buyer = _tags(Наименование=each.name, Роль="Покупатель") + f"<Контакты>{contacts}</Контакты>"
    lines = "".join(
        "<Товар>"
        + _tags(Ид=code, Наименование=name, ЦенаЗаЕдиницу=price, Количество=quantity,
                Сумма=price * quantity)
        + "</Товар>"
        for code, name, quantity, price in each.lines
    )  # fmt: skip
    told = {
        "Номер по 1С": each.number,
        "Дата по 1С": each.at.isoformat(),
        "Статус заказа": each.state,
        "Оплачен": str(each.is_paid).lower(),
        "Дата оплаты по 1С": each.paid_at.isoformat() if each.paid_at else "",
        "Отменен": str(each.is_cancelled).lower(),
        "Проведен": str(each.is_posted).lower(),
        "ПометкаУдаления": "false",
        "Дата изменения": each.changed_at.isoformat(),
    }
    requisites = "".join(
        f"<ЗначениеРеквизита>{_tags(Наименование=name, Значение=value)}</ЗначениеРеквизита>"
        for name, value in told.items()
    )
    head = _tags(
        Номер=each.site_number, Дата=each.at.date(), Время=each.at.time(),
        ХозОперация="Заказ товара", Валюта=each.currency, Курс=1, Сумма=each.sum,
    )  # fmt: skip
    return (
        f"<Документ>{head}<Контрагенты><Контрагент>{buyer}</Контрагент></Контрагенты>"
        f"<Товары>{lines}</Товары><ЗначенияРеквизитов>{requisites}</ЗначенияРеквизитов></Документ>\n"
    )


def _tags(**values: Any) -> str:
    return "".join(f"<{name}>{escape(str(value))}</{name}>" for name, value in values.items())
