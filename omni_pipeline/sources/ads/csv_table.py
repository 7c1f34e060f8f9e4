"""The lines below a heading, one after the other: rows of the bronze table, refused lines, totals.

Belongs here: what a line is. What a heading means is in `csv_headings.py`, a cell in
`csv_cells.py`, a totals line in `csv_totals.py`.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from omni_pipeline.bronze.guard import attempt, reason_of
from omni_pipeline.bronze.staging import Refused
from omni_pipeline.sources.ads import csv_cells
from omni_pipeline.sources.ads.csv_cells import NOTHING, Unclear
from omni_pipeline.sources.ads.csv_headings import NETWORKS, Layout
from omni_pipeline.sources.ads.csv_lines import Line
from omni_pipeline.sources.ads.csv_totals import Sums, is_label, tells_no_day
from omni_pipeline.sources.ads.periods import Money
from omni_pipeline.sources.ads.reading import row_of
from omni_pipeline.sources.ads.tables import CAMPAIGN_COST
from omni_pipeline.values import text

PROVIDER, ACCOUNT = "csv", "main"
READERS: Mapping[str, Callable[[str], Any]] = {
    "day": csv_cells.day,
    "cost": csv_cells.amount,
    "conversions": csv_cells.amount,
    "vat_rate": csv_cells.amount,
    "impressions": csv_cells.whole,
    "clicks": csv_cells.whole,
    "vat_included": csv_cells.truth,
    "currency": csv_cells.currency,
}
RAW = 1_000  # characters of a refused line that are kept
_ADDED = ("impressions", "clicks", "conversions", "cost")
Key = tuple[Any, ...]
Lines = list[list[str]]


@dataclass
class ParsedFile:
    """Rows by key, added up; the lines that could not be understood; how many were totals.

    `repeated` are rows that another sheet of the workbook tells with the same figures. Of a table,
    lines = told + refused + totals + titles (with the heading) + blank; `told` are in the rows.
    """

    rows: dict[Key, dict[str, Any]] = field(default_factory=dict)
    refused: list[Refused] = field(default_factory=list)
    repeated: list[dict[str, Any]] = field(default_factory=list)
    totals: int = 0
    lines: int = 0
    told: int = 0
    titles: int = 0
    blank: int = 0
    has_heading: bool = False

    @property
    def is_understood(self) -> bool:
        """Whether what the file lacks may be taken for gone: a table in which a line can be read,
        or one that is empty."""
        return self.has_heading and bool(self.rows or not self.refused)

    def take(self, sheet: "ParsedFile", name: str) -> None:
        """Add a further sheet. Of two that tell one day otherwise the first stands."""
        self.refused += sheet.refused
        self.totals += sheet.totals
        self.lines += sheet.lines
        self.told += sheet.told
        self.titles += sheet.titles
        self.blank += sheet.blank
        self.has_heading |= sheet.has_heading
        for key, row in sheet.rows.items():
            standing = self.rows.setdefault(key, row)
            if standing is not row and standing == row:
                self.repeated.append(row)
            elif standing is not row:
                told = ", ".join(str(value) for value in key if value != "")
                reason = "another sheet tells other figures of this campaign and day"
                self.refused.append(Refused(reason, f"{name}: {told}, cost {row['cost']}", key))


class Table:
    """The lines below a heading, one after the other; what they add up to decides at the end."""

    def __init__(self, name: str, place: str, layout: Layout, money: Money) -> None:
        self.parsed = ParsedFile(has_heading=True)
        self._name, self._place, self._layout, self._money = name, place, layout, money
        self._sums = Sums()
        self._unsure: list[tuple[dict[str, Any], Refused]] = []
        self._labelled: list[dict[str, Any]] = []

    def skip(self, above: Lines, at: int) -> None:
        """Lines before the heading, which is at place `at`: titles, and perhaps totals."""
        for cells in above:
            filled = [cell for cell in cells if cell.strip()]
            self.parsed.totals += len(filled) > 1 and is_label(filled[0])
        self.parsed.blank += at - len(above)
        self.parsed.titles += len(above) - self.parsed.totals + 1
        self.parsed.lines += at + 1

    def read(self, lines: Iterable[Line]) -> None:
        """All lines below the heading; one that goes wrong is refused, and the next is read."""
        for line in lines:
            self.parsed.lines += 1
            fault = attempt(self._take, line)
            if isinstance(fault, Exception):
                self.parsed.refused.append(Refused(reason_of(fault), self._raw(line)))
        self._settle()

    def is_whole(self, cells: Sequence[str]) -> bool:
        """Whether the cells are a line of the table: as many as the heading has, with a day and a
        cost."""
        told = attempt(lambda found: self._told(found, []), list(cells))
        return not isinstance(told, Exception) and told[1] is None

    def _take(self, line: Line) -> None:
        cells = line.cells
        if not any(cell.strip() for cell in cells):
            self.parsed.blank += 1
            return
        if self._is_total(cells):
            self.parsed.totals += 1
            return
        repairs = ["stray_quote"] if line.is_mended else []
        told, unclear = self._told(cells, repairs)
        row = None if unclear else self._row(told)
        if row is None:
            reason = unclear or "campaign is empty"
            told["no_day"] = tells_no_day(self._cell(cells, "day"))
            self._unsure.append((told, Refused(reason, self._raw(line), self._key(told))))
            return
        if repairs:
            row["_repairs"] = sorted(set(repairs))
        if not told.get("campaign_id") and is_label(str(told.get("campaign_name"))):
            self._labelled.append(row)
        else:
            self._add(row)

    def _raw(self, line: Line) -> str:
        return f"{self._place}:{line.number}: {' | '.join(line.cells)}"[:RAW]

    def _settle(self) -> None:
        """Lines that only the sum of the others explains. Those that are named like totals and
        tell a day are campaigns, unless they are what all the others of the day cost."""
        for row in self._labelled:
            if self._sums.explain(row["day"], None, row["cost"]):
                self.parsed.totals += 1
            else:
                self._add(row)
        for told, refused in self._unsure:
            campaign = told.get("campaign_id") or told.get("campaign_name")
            is_sum = self._sums.explain(told.get("day"), campaign, told.get("cost"))
            if is_sum and ("day" in told or told["no_day"]):
                self.parsed.totals += 1
            else:
                self.parsed.refused.append(refused)

    def _is_total(self, cells: Sequence[str]) -> bool:
        day, number, named = (
            self._cell(cells, column) for column in ("day", "campaign_id", "campaign_name")
        )
        if not tells_no_day(day):
            return False
        filled = (place for place, cell in enumerate(cells) if cell.strip() not in NOTHING)
        first = next(filled, 0)
        named_first = first != self._layout.place("campaign_name") and is_label(cells[first])
        # With an id it is a campaign, whose day is missing.
        named_so = is_label(number) or (number.strip() in NOTHING and is_label(named))
        return is_label(day) or named_first or named_so

    def _cell(self, cells: Sequence[str], column: str) -> str:
        place = self._layout.place(column)
        return cells[place] if place is not None and place < len(cells) else ""

    def _told(self, cells: list[str], repairs: list[str]) -> tuple[dict[str, Any], str | None]:
        """What the cells say, and what of it cannot be understood first."""
        columns = self._layout.columns
        told: dict[str, Any] = {}
        unclear: str | None = None
        if not any(cell.strip() for cell in cells[len(columns) :]):
            cells = cells[: len(columns)]  # spreadsheets end lines with empty cells
        if len(cells) != len(columns):
            unclear = f"{len(cells)} cells where the header has {len(columns)}"
        for column, cell in zip(columns, cells, strict=False):
            if column is None:
                continue
            try:
                read = READERS.get(column)
                value = read(cell) if read else text(cell, repairs).strip() or None
            except Unclear as reason:
                unclear = unclear or f"{column} {reason}"
                continue
            told[column] = None if value in NOTHING else value
            if column == "cost":
                told["unit"] = csv_cells.sign_of(cell)
                if value is None and (cell.strip() or self._layout.provider == "google_ads"):
                    told["cost"] = 0  # a dash is nothing
        if unclear is None and told["cost"] is None:
            unclear = "cost is empty"
        return told, unclear

    def _key(self, told: Mapping[str, Any]) -> Key | None:
        """The key of a line, as far as it can be told."""
        campaign = told.get("campaign_id") or told.get("campaign_name")
        day = told.get("day")
        if campaign is None or day is None:
            return None
        network = (told.get("network") or "").lower()
        if self._layout.provider == "yandex_direct":
            network = NETWORKS.get(network, network)
        provider = self._layout.provider or told.get("provider") or PROVIDER
        account = told.get("account") or self._layout.account or ACCOUNT
        return provider.lower(), account, campaign, network, day

    def _row(self, told: dict[str, Any]) -> dict[str, Any] | None:
        key = self._key(told)
        if key is None:
            return None
        unit = told.get("currency") or told.get("unit") or self._layout.currency
        unit = unit or self._money.currency
        rate, vat = told.get("vat_rate"), told.get("vat_included")
        known = {column: value for column, value in told.items() if column != "unit"}
        return row_of(
            **{
                **known,
                **dict(zip(CAMPAIGN_COST.key, key, strict=True)),
                "currency": unit,
                "vat_included": bool(self._layout.vat_included if vat is None else vat),
                "vat_rate": self._money.rate(told["day"], unit) if rate is None else rate,
                "origin": self._name,
            }
        )

    def _add(self, row: dict[str, Any]) -> None:
        """A finer table is added up to the key."""
        self.parsed.told += 1
        names = {row["campaign_id"], row["campaign_name"]} - {None}
        self._sums.add(row["day"], names, row["cost"])
        key = tuple(row[column] for column in CAMPAIGN_COST.key)
        standing = self.parsed.rows.setdefault(key, row)
        if standing is row:
            return
        if repairs := {*standing.get("_repairs", ()), *row.get("_repairs", ())}:
            standing["_repairs"] = sorted(repairs)
        for column in _ADDED:
            if row[column] is not None:
                standing[column] = (standing[column] or 0) + row[column]
