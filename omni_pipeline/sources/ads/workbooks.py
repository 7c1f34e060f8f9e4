"""Workbooks (.xlsx, .xlsm, .xlsb, .xls, .ods): their sheets as lines of text cells.

A number becomes the decimal of the 15 digits that a spreadsheet keeps and shows: 0.1 + 0.2 is
stored as 0.30000000000000004 and is 0.3 here, so kopecks are exact. A date becomes its ISO form.
Formulas count by the value that was saved with them. Hidden rows and sheets are read as others
are: a filter that somebody left on does not lower a cost.
"""

import io
from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from python_calamine import CalamineError, CalamineWorkbook, PasswordError

SUFFIXES = {".xlsx", ".xlsm", ".xlsb", ".xls", ".ods"}
_OLE, _ZIP = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"PK\x03\x04"
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")  # a stream of a workbook with a password
_DIGITS = 15


class Unreadable(ValueError):
    """A workbook that cannot be read; str() is a sentence for a person."""


def is_workbook(content: bytes) -> bool:
    """By its first bytes: exports are often named after another format."""
    return content.startswith((_OLE, _ZIP))


def sheets_of(content: bytes) -> list[tuple[str, list[list[str]]]]:
    """Name and lines of every sheet that has any. Raises Unreadable."""
    locked = "the workbook is protected by a password: save it without one"
    if content.startswith(_OLE) and _ENCRYPTED in content:
        raise Unreadable(locked)
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(content))
        read = [(name, book.get_sheet_by_name(name).to_python()) for name in book.sheet_names]
    except PasswordError:
        raise Unreadable(locked) from None
    except (CalamineError, OSError, ValueError):
        raise Unreadable("the workbook is broken or cut off: save or copy it again") from None
    return [(name, [_texts(line) for line in lines]) for name, lines in read if lines]


def _texts(line: Sequence[Any]) -> list[str]:
    return [_text(value) for value in line]


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
