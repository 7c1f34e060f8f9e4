"""Cells of hand-made and exported tables: numbers, days, yes and no, as people write them.

Belongs here: one function per kind of cell; each raises Unclear, whose text becomes the reason in
the quarantine and never holds the value. Nothing is guessed.
"""

import re
from datetime import date
from decimal import Decimal

from omni_pipeline.sources.ads.csv_days import find_day, is_span

_BLANKS = re.compile(r"[\s\u00a0\u2007\u2009\u202f\u200b'’]")
_SIGNS = re.compile(r"(?i)₽|\$|€|₸|рублей|руб\.?|р\.|р$|rub|usd|eur|kzt|тг\.?")
_UNITS = {
    **dict.fromkeys(("₽", "рублей", "руб", "р", "rub"), "RUB"),
    **dict.fromkeys(("$", "usd"), "USD"),
    **dict.fromkeys(("€", "eur"), "EUR"),
    **dict.fromkeys(("₸", "kzt", "тг"), "KZT"),
}
_MINUS = str.maketrans("−–", "--")
_NUMBER = re.compile(r"^-?(\d+|\d{1,3}(,\d{3})+|\d{1,3}(\.\d{3})+)([.,]\d+)?$|^-?[.,]\d+$")
_THOUSANDS = re.compile(r"^-?[1-9]\d{0,2}([.,]\d{3})+$")
_WORDS = {
    **dict.fromkeys(("yes", "y", "true", "t", "1", "да", "с ндс", "включен"), True),
    **dict.fromkeys(("no", "n", "false", "f", "0", "нет", "без ндс", "не включен"), False),
}
NOTHING = {"", "-", "--", "—", "–", "n/a"}


class Unclear(ValueError):
    """A cell that can be read in no way or in two."""


def amount(cell: str) -> Decimal | None:
    """A decimal number; the last of two kinds of separators is the decimal one.

    A single comma before exactly three digits may be either: such a number is refused. A single
    point is always decimal.
    """
    text = _BLANKS.sub("", _SIGNS.sub("", cell.strip())).translate(_MINUS)
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


def sign_of(cell: str) -> str | None:
    """The currency that an amount is written with: `1 234,56 ₽`, `$10`."""
    found = _SIGNS.search(cell)
    return _UNITS[found[0].lower().rstrip(".")] if found else None


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
    """A calendar day in any form of `csv_days.py`; a time of day is cut off."""
    found = find_day(cell)
    if found is None:
        raise Unclear("is a span of days: export by day" if is_span(cell) else "is not a day")
    if found.year < 2000:
        raise Unclear("lies before 2000")
    return found


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
