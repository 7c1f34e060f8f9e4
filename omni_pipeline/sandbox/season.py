"""The shop's calendar: how busy a day is, and when there is a sale.

Belongs here: pure functions of a local day. Does not belong here: who comes (`crowd.py`, `web.py`).

Weeks of a sale are every eighth of the ISO year: the 48th is that of Black Friday, and a history of
four months holds two or three of them.
"""

from datetime import date
from functools import lru_cache

from omni_pipeline.sandbox.engine import DAY, local

SALE_EVERY = 8  # weeks
SALE_TRAFFIC, SALE_APPETITE = 1.5, 1.5
# Monday first: furniture is looked at from a desk, and less on a fine Saturday.
_WEEKDAYS = (1.08, 1.06, 1.05, 1.03, 0.97, 0.83, 0.98)
_MONTHS = {1: 0.85, 5: 0.9, 7: 0.92, 8: 0.94, 11: 1.05, 12: 1.1}
# (month, first day, last day): the country is away from its desks.
_HOLIDAYS = (
    (1, 1, 8),
    (2, 22, 23),
    (3, 7, 9),
    (5, 1, 3),
    (5, 8, 11),
    (6, 12, 12),
    (11, 2, 4),
    (12, 30, 31),
)
_DULL = 0.6
_GROWTH = 0.0005  # a day: 6 % in four months


def is_sale(at: int) -> bool:
    """Whether the local day of that moment lies in a week of a sale."""
    return _is_sale(local(at).date())


def traffic(at: int, started_at: int) -> float:
    """Visits of the day beside those of a usual one."""
    return _traffic(local(at).date()) * (1 + _GROWTH * max(at - started_at, 0) / DAY)


@lru_cache(maxsize=1_024)
def _is_sale(day: date) -> bool:
    return day.isocalendar().week % SALE_EVERY == 0


@lru_cache(maxsize=1_024)
def _traffic(day: date) -> float:
    usual = _WEEKDAYS[day.weekday()] * _MONTHS.get(day.month, 1.0)
    if any(day.month == month and first <= day.day <= last for month, first, last in _HOLIDAYS):
        usual *= _DULL
    return usual * (SALE_TRAFFIC if _is_sale(day) else 1.0)
