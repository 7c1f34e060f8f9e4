"""Cells of hand-made and exported tables: numbers, days, yes and no, as people write them.

Belongs here: one function per kind of cell; each raises Unclear, whose text becomes the reason in
the quarantine and never holds the value. Nothing is guessed.
"""

import re
from datetime import date, datetime
from decimal import Decimal

_BLANKS = re.compile(r"[\s\u00a0\u2007\u2009\u202f'’]")
_SIGNS = re.compile(r"(?i)₽|\$|€|руб\.?|р\.|rub|usd|eur")
_NUMBER = re.compile(r"^-?(\d+|\d{1,3}(,\d{3})+|\d{1,3}(\.\d{3})+)([.,]\d+)?$|^-?[.,]\d+$")
_THOUSANDS = re.compile(r"^-?[1-9]\d{0,2}([.,]\d{3})+$")
_DAYS = ("%Y-%m-%d", "%d.%m.%Y", "%Y%m%d", "%b %d, %Y", "%B %d, %Y", "%Y/%m/%d")
_WORDS = {
    **dict.fromkeys(("yes", "y", "true", "t", "1", "да", "с ндс", "включен"), True),
    **dict.fromkeys(("no", "n", "false", "f", "0", "нет", "без ндс", "не включен"), False),
}
NOTHING = {"", "-", "--", "—", "n/a"}


class Unclear(ValueError):
    """A cell that can be read in no way or in two."""


def amount(cell: str) -> Decimal | None:
    """A decimal number; the last of two kinds of separators is the decimal one.

    A single comma before exactly three digits may be either: such a number is refused. A single
    point is always decimal.
    """
    text = _BLANKS.sub("", _SIGNS.sub("", cell.strip()))
    if text in NOTHING:
        return None
    if not _NUMBER.match(text):
        raise Unclear("is not a number")
    if "," in text and "." in text:
        decimal = max(",", ".", key=text.rfind)
        text = text.replace("," if decimal == "." else ".", "").replace(decimal, ".")
    elif text.count(",") > 1 or text.count(".") > 1:
        text = text.replace(",", "").replace(".", "")
    elif "," in text:
        if _THOUSANDS.match(text):
            raise Unclear("may be thousands or a fraction: write it without the comma")
        text = text.replace(",", ".")
    return Decimal(text)


def whole(cell: str) -> int | None:
    """A whole number; commas and points before three digits are thousands."""
    text = _BLANKS.sub("", cell.strip())
    if text in NOTHING:
        return None
    if _THOUSANDS.match(text):
        return int(text.replace(",", "").replace(".", ""))
    number = amount(text)
    if number is None or number != number.to_integral_value():
        raise Unclear("is not a whole number")
    return int(number)


def day(cell: str) -> date:
    """A calendar day: 2026-05-31, 31.05.2026, 20260531, May 31, 2026; a time of day is cut off."""
    text = cell.strip()
    if re.match(r"^\d{4}-\d\d-\d\d[ T]\d", text):
        text = text[:10]
    for form in _DAYS:
        try:
            found = datetime.strptime(text, form).date()
        except ValueError:
            continue
        if found.year < 2000:
            raise Unclear("lies before 2000")
        return found
    raise Unclear("is not a day")


def truth(cell: str) -> bool | None:
    """Yes or no, in English or Russian."""
    text = cell.strip().lower()
    if text in NOTHING:
        return None
    if text not in _WORDS:
        raise Unclear("is neither yes nor no")
    return _WORDS[text]


def currency(cell: str) -> str | None:
    """A three-letter code; signs and names of the ruble are understood."""
    text = cell.strip().upper()
    if text in NOTHING:
        return None
    known = {"₽": "RUB", "РУБ": "RUB", "РУБ.": "RUB", "Р.": "RUB", "$": "USD", "€": "EUR"}
    code = known.get(text, text)
    if not re.match(r"^[A-Z]{3}$", code):
        raise Unclear("is not a currency code")
    return code
