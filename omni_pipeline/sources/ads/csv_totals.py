"""Lines that sum up others: of exports and of tables made by hand, at the top, at the end, between.

A totals line tells no day. It is known by its word («Итого», "Total: Search") or, where it has no
word, by its sum; a line that is neither goes to the quarantine. A campaign may be named "Total
Look" or «Итого»: with a day it is a campaign.
"""

import re
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from omni_pipeline.sources.ads.csv_cells import NOTHING
from omni_pipeline.sources.ads.csv_days import is_span

_WORD = re.compile(
    r"^(?:(?:grand|sub|overall|report|account)[ -]*)?totals?"
    r"(?:$|\s*[:\-–—(]|\s+(?:by|for|of|per|and)\b)"
    r"|^(?:(?:общий|общие|промежуточный|промежуточные) )?(?:итог|итого|итоги|подытог)\b"
    r"|^(?:всего|всього|разом|усяго|усього|барлығы|жиыны|жами|jami|gesamt|insgesamt|toplam)\b"
    r"|^(?:сумма|summe?|suma|somme)(?:$|\s*:|\s+(?:по|за|by|for)\b)"
    r"|^(?:все|all) (?:кампании|campaigns|аккаунты|accounts|дни|days|строки|rows)\b"
)


def is_label(cell: str) -> bool:
    """Whether a cell is the word of a totals line."""
    return bool(_WORD.match(" ".join(cell.lower().replace("ё", "е").split())))


def tells_no_day(cell: str) -> bool:
    """Whether a cell for the day is empty, a totals word or a span of days."""
    return cell.strip() in NOTHING or is_label(cell) or is_span(cell)


@dataclass
class Sums:
    """What the lines of a table add up to: in all, by day, by campaign."""

    _sums: dict[tuple[date | None, str | None], Decimal] = field(
        default_factory=lambda: defaultdict(Decimal)
    )
    _lines: dict[tuple[date | None, str | None], int] = field(
        default_factory=lambda: defaultdict(int)
    )

    def add(self, day: date, campaigns: set[str], cost: Decimal) -> None:
        """Count a line; a campaign has an id and a name."""
        for key in {(None, None), (day, None), *((None, name) for name in campaigns)}:
            self._sums[key] += cost
            self._lines[key] += 1

    def explain(self, day: date | None, campaign: str | None, cost: Decimal | None) -> bool:
        """Whether a line without a day or without a campaign is the sum of others.

        The sum of a single line proves nothing where the line names its day or its campaign: two
        days of a campaign may cost the same.
        """
        if not cost or (day is not None and campaign is not None):
            return False
        key = (day, campaign)
        fewest = 1 if key == (None, None) else 2
        return self._lines.get(key, 0) >= fewest and self._sums[key] == cost
