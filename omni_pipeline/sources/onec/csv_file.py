"""One table or workbook of the folder: orders, or lines of orders, by its heading.

Belongs here: what columns go by and what a line is. How a file becomes lines of cells is in
`csv_lines.py` and `workbooks.py` of advertising cost, shared with that folder.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial
from itertools import islice
from typing import Any

from omni_pipeline.bronze.guard import attempt, reason_of
from omni_pipeline.bronze.staging import Refused
from omni_pipeline.sources.ads import csv_lines, workbooks
from omni_pipeline.sources.ads.csv_cells import NOTHING, Unclear
from omni_pipeline.sources.ads.csv_headings import plain
from omni_pipeline.sources.ads.csv_lines import Line
from omni_pipeline.sources.ads.csv_table import RAW
from omni_pipeline.sources.ads.csv_totals import is_label
from omni_pipeline.sources.onec import cells
from omni_pipeline.sources.onec.parsed import Told, key_of

_HEADER_WITHIN = 40  # lines: reports of 1C put their title and filters above
# By the column of the contract, whose own name comes first; written as `plain` writes them.
COLUMNS: Mapping[str, tuple[str, ...]] = {
    "number": ("number", "номер", "№", "номер заказа", "номер документа", "номер по 1с",
               "заказ клиента", "заказ покупателя", "order number", "order"),
    "ordered_at": ("date", "ordered at", "дата", "дата заказа", "дата документа", "дата по 1с",
                   "order date"),
    "document_id": ("document id", "ид", "guid", "ссылка", "идентификатор"),
    "site_number": ("site number", "номер на сайте", "номер заказа на сайте", "номер сайта",
                    "номер по данным клиента", "внешний номер", "номер интернет-магазина"),
    "status": ("status", "статус", "состояние", "статус заказа", "состояние заказа"),
    "sum": ("sum", "сумма", "сумма документа", "сумма заказа", "сумма с ндс", "итого с ндс",
            "всего", "amount"),
    "currency": ("currency", "валюта", "валюта документа"),
    "is_paid": ("paid", "оплачен", "оплачено", "оплачен полностью"),
    "paid_at": ("paid at", "дата оплаты", "дата оплаты по 1с", "paid date"),
    "is_cancelled": ("cancelled", "отменен", "отмена", "отменено", "canceled"),
    "is_posted": ("posted", "проведен"),
    "is_deleted": ("deleted", "пометка удаления", "помечен на удаление"),
    "customer_code": ("customer code", "код контрагента", "код клиента", "код партнера"),
    "customer_name": ("customer name", "контрагент", "клиент", "покупатель", "партнер", "customer"),
    "phone": ("phone", "телефон", "контактный телефон"),
    "email": ("email", "e-mail", "почта", "электронная почта", "адрес электронной почты"),
    "changed_at": ("changed at", "изменен", "дата изменения", "дата последнего изменения"),
    "product_code": ("product code", "код товара", "ид товара", "код номенклатуры", "код",
                     "артикул"),
    "product_name": ("product name", "номенклатура", "товар", "наименование", "product"),
    "quantity": ("quantity", "количество", "кол-во"),
    "price": ("price", "цена", "цена с ндс"),
}  # fmt: skip
_KNOWN = {name: column for column, names in COLUMNS.items() for name in names}
_OF_ITEM = ("product_code", "product_name", "quantity", "price", "sum")


def read(told: Told, content: bytes) -> None:
    """Add what the file tells; never raises for what is in it."""
    if not workbooks.is_workbook(content):
        _text(told, csv_lines.lines_of(content))
        return
    try:
        sheets = workbooks.sheets_of(content)
    except workbooks.Unreadable as reason:
        told.orders.refused.append(Refused(str(reason), told.name))
        return
    for title, lines in sheets:
        place = f"{told.name} [{title}]"
        if isinstance(lines, workbooks.Unreadable):
            told.orders.refused.append(Refused(str(lines), place))
        else:
            _sheet(told, place, lines)


def columns_of(heading: Sequence[str]) -> list[str | None] | None:
    """The contract's column at each place when this is a heading, else None."""
    columns: list[str | None] = []
    for name in heading:
        column = _KNOWN.get(plain(name).rstrip(" .,:"))
        columns.append(None if column in columns else column)
    told = set(columns)
    is_orders = {"number", "ordered_at", "sum"} <= told
    is_items = {"number", "quantity"} <= told and bool({"product_code", "product_name"} & told)
    return columns if is_orders or is_items else None


def _text(told: Told, lines: Sequence[str]) -> None:
    for delimiter in csv_lines.DELIMITERS:
        for at in _first_filled(lines):
            for heading, span in csv_lines.headings(lines, at, delimiter):
                columns = columns_of(heading)
                if columns is None:
                    continue
                fits = partial(_fits, len(columns))
                records = csv_lines.records(lines, at + span, delimiter, len(columns), fits)
                _read(told, told.name, columns, records)
                return
    _refuse(told, told.name, lines[:20])


def _fits(width: int, line: list[str]) -> bool:
    return len(line) == width


def _sheet(told: Told, place: str, lines: list[list[str]]) -> None:
    for at in _first_filled(["".join(line).strip() for line in lines]):
        columns = columns_of(lines[at])
        if columns is not None:
            below = (Line(n, line) for n, line in enumerate(lines[at + 1 :], at + 2))
            _read(told, place, columns, below)
            return
    _refuse(told, place, [" | ".join(line) for line in lines[:20]])


def _first_filled(lines: Sequence[str]) -> Iterator[int]:
    return islice((at for at, line in enumerate(lines) if line.strip()), _HEADER_WITHIN)


def _refuse(told: Told, place: str, start: Sequence[str]) -> None:
    reason = "no header of orders (number, date, sum) or of their lines (number, product, quantity)"
    shown = "\n".join(start)[:RAW]
    told.orders.refused.append(Refused(reason, f"{place}: {shown}"))


def _read(told: Told, place: str, columns: list[str | None], lines: Iterable[Line]) -> None:
    told.understood()
    of_items = "quantity" in columns
    parsed = told.items if of_items else told.orders
    for line in lines:
        if not any(cell.strip() for cell in line.cells):
            continue
        if _is_total(columns, line.cells):
            parsed.totals += 1
            continue
        fault = attempt(lambda cells: _take(told, columns, cells, of_items), line.cells)
        if not isinstance(fault, Exception):
            continue
        reason = str(fault) if isinstance(fault, Unclear) else reason_of(fault)
        refused = Refused(reason, f"{place}:{line.number}: {' | '.join(line.cells)}"[:RAW])
        key = attempt(lambda cells: _key(_cells(columns, cells)), line.cells)
        if isinstance(key, Exception):
            parsed.refused.append(refused)
        elif of_items:
            told.refuse_items(key, Refused(refused.reason, refused.raw, key))
        else:
            parsed.refused.append(Refused(refused.reason, refused.raw, key))


def _take(told: Told, columns: list[str | None], line: list[str], of_items: bool) -> None:
    if len(line) < len(columns) or any(cell.strip() for cell in line[len(columns) :]):
        raise Unclear(f"{len(line)} cells where the header has {len(columns)}")
    by_column = _cells(columns, line)
    key = _key(by_column)
    values: dict[str, Any] = {
        column: cells.read(column, cell)
        for column, cell in by_column.items()
        if column not in ("number", "ordered_at")
    }
    if not of_items:
        number, presented = cells.number(by_column["number"])
        at = cells.read("ordered_at", by_column.get("ordered_at", "")) or presented
        if values["sum"] is None:
            raise Unclear("sum is empty")
        told.order({**values, "number": number, "ordered_at": at})
        return
    if values["quantity"] is None:
        raise Unclear("quantity is empty")
    if not (values.get("product_code") or values.get("product_name")):
        raise Unclear("product is empty")
    told.item(key, {column: values.get(column) for column in _OF_ITEM})


def _cells(columns: list[str | None], line: list[str]) -> dict[str, str]:
    return {column: cell for column, cell in zip(columns, line, strict=False) if column}


def _key(by_column: Mapping[str, str]) -> tuple[Any, ...]:
    number, presented = cells.number(by_column["number"])
    if number is None:
        raise Unclear("number is empty")
    at = cells.read("ordered_at", by_column.get("ordered_at", "")) or presented
    if at is None:
        raise Unclear("date is empty: numbers of 1C begin anew every year")
    return key_of(number, at)


def _is_total(columns: list[str | None], line: Sequence[str]) -> bool:
    """A line named so, or with sums alone: it names no document."""
    filled = [place for place, cell in enumerate(line) if cell.strip() not in NOTHING]
    by_column = _cells(columns, list(line))
    number, day = by_column.get("number", "").strip(), by_column.get("ordered_at", "").strip()
    if day in NOTHING and filled and is_label(line[filled[0]]):
        return True
    named = {columns[place] for place in filled if place < len(columns)}
    return number in NOTHING and day in NOTHING and named <= {"sum", "quantity"}
