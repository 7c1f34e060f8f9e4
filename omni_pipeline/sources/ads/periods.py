"""Days and rates: which days a run reads, and what VAT was on a day.

Belongs here: the calendar of advertising accounts. Days are naive local days of the account.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from omni_pipeline.api.pacing import Clock
from omni_pipeline.sources.ads.tables import REREAD_DAYS

FIRST_READ = timedelta(days=365)
# Russian standard rate by the day it came into force, per cent, latest first.
RUSSIAN_VAT = (
    (date(2026, 1, 1), Decimal(22)),
    (date(2019, 1, 1), Decimal(20)),
    (date(2004, 1, 1), Decimal(18)),
)


@dataclass(frozen=True)
class Calendar:
    """Today in the accounts' zone, and how far back to read."""

    zone: str = "Europe/Moscow"
    since: date | None = None
    reread_days: int = REREAD_DAYS
    clock: Clock = field(default_factory=Clock)

    def today(self) -> date:
        return datetime.fromtimestamp(self.clock.time(), ZoneInfo(self.zone)).date()

    def window(self, last_read: str | None, whole: bool) -> tuple[date, date]:
        """First and last day to read; `last_read` is the last day of the former read, ISO."""
        today = self.today()
        start = min(self.since or today - FIRST_READ, today)
        if last_read is None or whole:
            return start, today
        reread = min(date.fromisoformat(last_read), today) - timedelta(days=self.reread_days)
        return max(start, reread), today


def pieces(first: date, last: date, days: int) -> Iterator[tuple[date, date]]:
    """The span cut into runs of at most `days` days."""
    while first <= last:
        end = min(first + timedelta(days=days - 1), last)
        yield first, end
        first = end + timedelta(days=1)


def halves(first: date, last: date) -> Iterator[tuple[date, date]]:
    """The span cut in two, of two days or more."""
    return pieces(first, last, ((last - first).days + 2) // 2)


def russian_vat(day: date) -> Decimal:
    """Standard rate of that day, per cent."""
    return next((rate for since, rate in RUSSIAN_VAT if day >= since), RUSSIAN_VAT[-1][1])


@dataclass(frozen=True)
class Money:
    """What is assumed where a network or a file is silent: currency and VAT, per cent."""

    currency: str = "RUB"
    vat_rate: Decimal | None = None

    def rate(self, day: date, currency: str | None = None) -> Decimal:
        """The rate set by hand, else the Russian one for rubles, else none."""
        if self.vat_rate is not None:
            return self.vat_rate
        return russian_vat(day) if (currency or self.currency) in ("RUB", "RUR") else Decimal(0)
