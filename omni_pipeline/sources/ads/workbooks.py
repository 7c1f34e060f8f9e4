"""Workbooks (.xlsx, .xlsm, .xlsb, .xls, .ods): their sheets as lines of text cells.

A number becomes the decimal of the 15 digits that a spreadsheet keeps and shows: 0.1 + 0.2 is
stored as 0.30000000000000004 and is 0.3 here, so kopecks are exact. A date becomes its ISO form.
Formulas count by the value that was saved with them. Hidden rows and sheets are read as others
are: a filter that somebody left on does not lower a cost.
"""

import io
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from functools import partial
from typing import Any, TypeVar

from python_calamine import CalamineWorkbook, PasswordError

SUFFIXES = {".xlsx", ".xlsm", ".xlsb", ".xls", ".ods"}
_OLE, _ZIP = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"PK\x03\x04"
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")  # a stream of a workbook with a password
_DIGITS = 15
_LOCKED = "the workbook is protected by a password: save it without one"
_BROKEN = "the workbook is broken or cut off: save or copy it again"
Read = TypeVar("Read")


class Unreadable(ValueError):
    """A workbook that cannot be read; str() is a sentence for a person."""


def is_workbook(content: bytes) -> bool:
    """By its first bytes: exports are often named after another format."""
    return content.startswith((_OLE, _ZIP))


def sheets_of(content: bytes) -> list[tuple[str, list[list[str]] | Unreadable]]:
    """Name and lines of every sheet that has any, or why it cannot be read.

    Raises Unreadable where none can be read. Places in the lines are rows of the sheet.
    """
    if content.startswith(_OLE) and _ENCRYPTED in content:
        raise Unreadable(_LOCKED)
    book = _opened(lambda: CalamineWorkbook.from_filelike(io.BytesIO(content)))
    if isinstance(book, Unreadable):
        raise book
    read = [(name, _opened(partial(_lines, book, name))) for name in book.sheet_names]
    faults = [lines for _, lines in read if isinstance(lines, Unreadable)]
    if faults and len(faults) == len(read):
        raise faults[0]
    return [(name, lines) for name, lines in read if isinstance(lines, Unreadable) or lines]


def _opened(read: Callable[[], Read]) -> Read | Unreadable:
    try:
        return read()
    except PasswordError:
        return Unreadable(_LOCKED)
    except Exception:  # noqa: BLE001 - the file is a stranger's, and so is what reading it raises
        return Unreadable(_BROKEN)
    except BaseException as panic:
        if type(panic).__name__ != "PanicException":  # of Rust, no Exception
            raise
        return Unreadable(_BROKEN)


def _lines(book: CalamineWorkbook, name: str) -> list[list[str]]:
    sheet = book.get_sheet_by_name(name)
    lines = [[_text(value) for value in line] for line in sheet.to_python()]
    above = sheet.start[0] if sheet.start else 0
    return [[]] * above + lines if lines else []


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float):
        return _number(value)
    if isinstance(value, datetime | date):
        return value.isoformat()
    return str(value)


def _number(value: float) -> str:
    if float(value).is_integer():
        return str(int(value))  # an id may have more digits
    text = format(Decimal(format(value, f".{_DIGITS}g")), "f")
    # Three digits after a point would look like thousands.
    return text + "0" if len(text.partition(".")[2]) == 3 else text
