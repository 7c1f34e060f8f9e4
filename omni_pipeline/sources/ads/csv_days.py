"""Days as people and exports write them: numbers, names of months, days of the week beside them.

Nothing is guessed: `03/05/2026` is the third of May or the fifth of March, and is refused.
"""

import re
from datetime import date

_MONTHS = ("янв", "фев", "мар", "апр", "ма", "июн", "июл", "авг", "сен", "окт", "ноя", "дек")
_NAMES = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_WEEKDAY = (
    r"(?:пн|вт|ср|чт|пт|сб|вс|понедельник|вторник|среда|четверг|пятница|суббота|воскресенье|"
    r"(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*)"
)
_BESIDE = re.compile(rf"^{_WEEKDAY}[.,]*\s+|[\s,]+\(?{_WEEKDAY}\.?\)?$")
_TIME = re.compile(r"[t\s,]+\d{1,2}:\d\d.*$")
_FORMS = tuple(
    re.compile(form)
    for form in (
        r"^(?P<y>\d{4})([-/.])(?P<m>\d{1,2})\2(?P<d>\d{1,2})$",
        r"^(?P<y>\d{4})(?P<m>\d\d)(?P<d>\d\d)$",
        r"^(?P<d>\d{1,2})\.(?P<m>\d{1,2})\.(?P<y>\d{4}|\d\d)$",
        r"^(?P<d>\d{1,2})[ \-.]+(?P<m>[a-zа-я]{3,})\.?[ ,\-]+(?P<y>\d{4})(?: ?г(?:ода|\.)?)?$",
        r"^(?P<m>[a-zа-я]{3,})\.? (?P<d>\d{1,2}),? (?P<y>\d{4})(?: ?г(?:ода|\.)?)?$",
    )
)
_PART = (
    r"(?:\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}\.\d{1,2}(?:\.\d{2,4})?|[^\W\d]+\.? \d{1,2}, \d{4})"
)
_PART += r"|(?:\d{1,2} [^\W\d]+\.?(?: \d{4})?)"
_SPAN = re.compile(rf"^(?:с |from )?(?:{_PART})[^\d]{{0,8}}?(?: ?[-–—] ?| по | to )(?:{_PART})")


def find_day(cell: str) -> date | None:
    """The calendar day, or None where the cell tells none; a time of day is cut off."""
    text = " ".join(cell.lower().split())
    text = _BESIDE.sub("", _TIME.sub("", _BESIDE.sub("", text)))
    for form in _FORMS:
        found = form.match(text)
        if not found:
            continue
        year, month = int(found["y"]), _month(found["m"])
        try:
            return date(year + 2000 if len(found["y"]) == 2 else year, month, int(found["d"]))
        except ValueError:
            return None
    return None


def is_span(cell: str) -> bool:
    """Whether the cell tells two days, from and to."""
    return bool(_SPAN.match(" ".join(cell.lower().split())))


def _month(text: str) -> int:
    """Number of a month; 0, which is none, for another word."""
    if text.isdigit():
        return int(text)
    starts = (*_MONTHS, *_NAMES)
    return next((n % 12 + 1 for n, start in enumerate(starts) if text.startswith(start)), 0)
