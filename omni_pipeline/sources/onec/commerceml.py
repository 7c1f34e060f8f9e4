"""CommerceML 2: the exchange file in which 1C and the site hand orders to each other.

A document is an order when its «ХозОперация» says so. Text is decoded as that of tables is, by
what it is and not by what the heading claims. Memory holds one document at a time; a file that
declares a document type is refused, so no entity is ever made.
"""

from collections.abc import Callable
from typing import Any
from xml.etree.ElementTree import Element, TreeBuilder
from xml.parsers import expat

from omni_pipeline.bronze.guard import attempt, reason_of
from omni_pipeline.bronze.staging import Refused
from omni_pipeline.sources.ads.csv_cells import Unclear
from omni_pipeline.sources.ads.csv_lines import decoded
from omni_pipeline.sources.ads.csv_table import RAW
from omni_pipeline.sources.onec import cells
from omni_pipeline.sources.onec.parsed import Told, key_of

_DOCUMENT, _ROOT = "Документ", "КоммерческаяИнформация"
_ORDERS = {"заказ товара", "заказ клиента", "заказ покупателя"}
_DEEPEST = 40  # elements within each other; an order has eight
_CHUNK = 2**16
_PHONES, _EMAILS = ("телефон", "phone", "мобильн"), ("почта", "mail")
# By column of the table: names of requisites, the first that is filled counts.
_REQUISITES = {
    "status": ("Статус заказа", "Статуса заказа ИД"),
    "is_paid": ("Оплачен", "Заказ оплачен"),
    "paid_at": ("Дата оплаты по 1С", "Дата оплаты"),
    "is_cancelled": ("Отменен", "Отменён"),
    "is_posted": ("Проведен", "Проведён"),
    "is_deleted": ("ПометкаУдаления", "Пометка удаления"),
    "changed_at": ("Дата изменения",),
}


class _Broken(ValueError):
    """Why the file is not read further; str() is a sentence for a person."""


def read(told: Told, content: bytes) -> None:
    """Add the orders of the file; whole documents before a fault count. Never raises."""
    documents: list[Element] = []

    def take(document: Element) -> None:
        documents.append(document)

    parser = _Parser(take)
    text = decoded(content).lstrip("\ufeff").encode("utf-8", "replace")
    fault: str | None = None
    for start in range(0, max(len(text), 1), _CHUNK):
        block = text[start : start + _CHUNK]
        try:
            parser.feed(block, start + _CHUNK >= len(text))
        except _Broken as reason:
            fault = str(reason)
        except expat.ExpatError as error:
            what = expat.errors.messages[error.code]
            fault = f"the XML is broken or cut off (line {error.lineno}: {what})"
        for document in documents:
            _document(told, document)
        documents.clear()
        if fault:
            break
    if fault is None and parser.root != _ROOT:
        fault = "the XML is no CommerceML: its root is not КоммерческаяИнформация"
    if fault:
        told.orders.refused.append(Refused(fault, told.name))
    else:
        told.understood()


class _Parser:
    """Documents of the file, one after the other; what is outside them is passed over."""

    def __init__(self, take: Callable[[Element], None]) -> None:
        self.root: str | None = None
        self._take = take
        self._depth = 0
        self._builder: TreeBuilder | None = None
        self._inside = 0
        self._parser = expat.ParserCreate("utf-8")  # whatever the declaration says
        self._parser.buffer_text = True
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._data
        self._parser.StartDoctypeDeclHandler = _no_doctype

    def feed(self, block: bytes, is_last: bool) -> None:
        self._parser.Parse(block, is_last)

    def _start(self, name: str, _: dict[str, str]) -> None:
        name = name.rpartition(":")[2]
        self.root = self.root or name
        self._depth += 1
        if self._depth > _DEEPEST:
            raise _Broken("the XML is nested too deep")
        if self._builder is None and name == _DOCUMENT:
            self._builder, self._inside = TreeBuilder(), self._depth
        if self._builder is not None:
            self._builder.start(name, {})

    def _end(self, name: str) -> None:
        if self._builder is not None:
            self._builder.end(name.rpartition(":")[2])
            if self._depth == self._inside:
                self._take(self._builder.close())
                self._builder = None
        self._depth -= 1

    def _data(self, data: str) -> None:
        if self._builder is not None:
            self._builder.data(data)


def _no_doctype(*_: Any) -> None:
    raise _Broken("the XML declares a document type, which CommerceML does not: not read")


def _document(told: Told, document: Element) -> None:
    if _text(document, "ХозОперация").lower() not in _ORDERS:
        return  # payments, shipments and returns are documents of their own
    row = attempt(_order, document)
    named = f"{told.name}: {_text(document, 'Номер')} {_text(document, 'Дата')}"[:RAW]
    key = attempt(_key, document)
    if isinstance(row, Exception):
        told.orders.refused.append(
            Refused(_reason(row), named, None if isinstance(key, Exception) else key)
        )
    else:
        told.order(row)
    if isinstance(key, Exception):
        return
    told.items.rows.pop(key, None)  # of two documents with one number the later counts
    told.no_items(key)
    for product in document.iterfind("Товары/Товар"):
        values = attempt(_item, product)
        if isinstance(values, Exception):
            told.refuse_items(key, Refused(_reason(values), named, key))
        else:
            told.item(key, values)


def _key(document: Element) -> tuple[Any, ...]:
    order = _numbers(document)
    return key_of(order["number"], order["ordered_at"])


def _numbers(document: Element) -> dict[str, Any]:
    """The site writes its number into «Номер» and 1C adds its own; an order that arose in 1C has
    only that one there."""
    told = _requisites(document)
    own = cells.words(told.get("Номер по 1С", ""))
    number = cells.words(_text(document, "Номер"))
    date = told.get("Дата по 1С", "").strip() if own else ""
    at = cells.read("ordered_at", date or f"{_text(document, 'Дата')} {_text(document, 'Время')}")
    if not (own or number):
        raise Unclear("number is empty")
    if at is None:
        raise Unclear("date is empty: numbers of 1C begin anew every year")
    return {"number": own or number, "site_number": number if own else None, "ordered_at": at}


def _order(document: Element) -> dict[str, Any]:
    told = _requisites(document)
    values: dict[str, Any] = _numbers(document)
    for column, names in _REQUISITES.items():
        cell = next((told[name] for name in names if told.get(name, "").strip()), "")
        values[column] = cells.read(column, cell)
    if values["is_deleted"] is None:
        values["is_deleted"] = cells.read("is_deleted", _text(document, "ПометкаУдаления"))
    payment = values["paid_at"] or told.get("Номер оплаты по 1С", "").strip()
    if values["is_paid"] is None and payment:
        values["is_paid"] = True
    values["document_id"] = cells.words(_text(document, "Ид"))
    values["sum"] = cells.read("sum", _text(document, "Сумма"))
    if values["sum"] is None:
        raise Unclear("sum is empty")
    values["currency"] = cells.read("currency", _text(document, "Валюта"))
    buyer = document.find("Контрагенты/Контрагент")
    if buyer is not None:
        values["customer_code"] = cells.words(_text(buyer, "Ид"))
        full = _text(buyer, "ПолноеНаименование") or _text(buyer, "Наименование")
        values["customer_name"] = cells.words(full)
        values["phone"], values["email"] = _contact(buyer, _PHONES), _contact(buyer, _EMAILS)
    return values


def _item(product: Element) -> dict[str, Any]:
    values = {
        "product_code": cells.words(_text(product, "Ид")),
        "product_name": cells.words(_text(product, "Наименование")),
        "quantity": cells.read("quantity", _text(product, "Количество")),
        "price": cells.read("price", _text(product, "ЦенаЗаЕдиницу")),
        "sum": cells.read("sum", _text(product, "Сумма")),
    }
    if values["quantity"] is None:
        raise Unclear("quantity is empty")
    if not (values["product_code"] or values["product_name"]):
        raise Unclear("product is empty")
    return values


def _requisites(document: Element) -> dict[str, str]:
    found = document.iterfind("ЗначенияРеквизитов/ЗначениеРеквизита")
    return {_text(each, "Наименование"): _text(each, "Значение") for each in found}


def _contact(buyer: Element, kinds: tuple[str, ...]) -> str | None:
    for contact in buyer.iterfind("Контакты/Контакт"):
        kind = _text(contact, "Тип").lower()
        if any(word in kind for word in kinds):
            return cells.words(_text(contact, "Значение"))
    return None


def _text(parent: Element, name: str) -> str:
    return (parent.findtext(name) or "").strip()


def _reason(error: Exception) -> str:
    return str(error) if isinstance(error, Unclear) else reason_of(error)
