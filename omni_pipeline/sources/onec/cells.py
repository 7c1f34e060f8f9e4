"""Cells of orders: moments, numbers of documents, yes and no; what they mean in CommerceML too.

Belongs here: one function per kind of cell beyond those of advertising cost, whose readers of
numbers and days are used as they are.
"""

import re
from collections.abc import Callable, Mapping
from datetime import datetime, time
from decimal import Decimal
from typing import Any

from omni_pipeline.sources.ads import csv_cells
from omni_pipeline.sources.ads.csv_cells import NOTHING, Unclear

_TIME = re.compile(r"(?:^|[\sT,])(\d{1,2}):(\d\d)(?::(\d\d))?")
# «Заказ клиента ИМ00-000123 от 12.03.2026 14:05:00», as 1C presents a document.
_PRESENTED = re.compile(r"^[^\d]*?\s(?P<number>\S+) от (?P<at>\d{1,2}\.\d{1,2}\.\d{4}.*)$", re.I)
_CODES = {"643": "RUB", "810": "RUB", "840": "USD", "978": "EUR", "398": "KZT", "933": "BYN"}
_NO_TIME = {"01.01.0001", "0001-01-01"}  # how 1C writes an empty date


def moment(cell: str) -> datetime | None:
    """A local time; a day alone is its midnight, an empty date of 1C is none."""
    text = cell.strip()
    if text in NOTHING or text[:10] in _NO_TIME:
        return None
    day = csv_cells.day(text)
    found = _TIME.search(text)
    try:
        hour, minute, second = (int(part or 0) for part in found.groups()) if found else (0, 0, 0)
        clock = time(hour, minute, second)
    except ValueError:
        raise Unclear("has no time of day that can be") from None
    return datetime.combine(day, clock)


def number(cell: str) -> tuple[str | None, datetime | None]:
    """The number of a document, and its date where the cell presents both."""
    text = " ".join(cell.split())
    found = _PRESENTED.match(text)
    if found:
        return found["number"], moment(found["at"])
    return (None if text in NOTHING else text), None


def currency(cell: str) -> str | None:
    """A code of three letters; «руб.» and the digits of ISO 4217 are understood."""
    return _CODES.get(cell.strip()) or csv_cells.currency(cell)


def words(cell: str) -> str | None:
    """Text without blanks around it."""
    text = cell.strip()
    return None if text in NOTHING else text


READERS: Mapping[str, Callable[[str], Any]] = {
    "ordered_at": moment,
    "paid_at": moment,
    "changed_at": moment,
    "sum": csv_cells.amount,
    "quantity": csv_cells.amount,
    "price": csv_cells.amount,
    "currency": currency,
    "is_paid": csv_cells.truth,
    "is_cancelled": csv_cells.truth,
    "is_posted": csv_cells.truth,
    "is_deleted": csv_cells.truth,
}


def read(column: str, cell: str) -> Any:
    """What a cell says; raises Unclear, whose text names the column."""
    try:
        return READERS.get(column, words)(cell)
    except Unclear as reason:
        raise Unclear(f"{column} {reason}") from None


def plain_number(value: Decimal | None) -> str | None:
    """A number inside a document: JSON has no decimals."""
    return None if value is None else format(value, "f")
