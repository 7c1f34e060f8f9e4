"""One file of the folder: its bytes to rows of the bronze table and refused lines.

Belongs here: encodings, delimiters, headers, the folder contract. What a cell means is in
`csv_cells.py`, what is special to Google Ads in `google_ads.py`.
"""

import csv
import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from omni_pipeline.sources.ads import csv_cells, google_ads
from omni_pipeline.sources.ads.csv_cells import NOTHING, Unclear
from omni_pipeline.sources.ads.periods import Money
from omni_pipeline.sources.ads.reading import row_of
from omni_pipeline.sources.ads.tables import CAMPAIGN_COST
from omni_pipeline.staging import Refused

PROVIDER, ACCOUNT = "csv", "main"
# Names a column of the contract goes by; the first is the contract's own.
COLUMNS: Mapping[str, tuple[str, ...]] = {
    "day": ("day", "date", "дата", "день"),
    "cost": ("cost", "spend", "расход", "расходы", "стоимость", "затраты"),
    "campaign_id": ("campaign_id", "id кампании", "номер кампании"),
    "campaign_name": ("campaign", "campaign_name", "кампания", "название кампании"),
    "provider": ("provider", "система", "площадка"),
    "account": ("account", "аккаунт", "кабинет"),
    "campaign_type": ("campaign_type", "тип кампании"),
    "network": ("network", "сеть"),
    "impressions": ("impressions", "показы"),
    "clicks": ("clicks", "клики"),
    "conversions": ("conversions", "конверсии"),
    "currency": ("currency", "валюта"),
    "vat_included": ("vat_included", "ндс включен", "ндс"),
    "vat_rate": ("vat_rate", "ставка ндс"),
    "utm_source": ("utm_source",),
    "utm_medium": ("utm_medium",),
    "utm_campaign": ("utm_campaign",),
}
REQUIRED = ("day", "cost")
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
_HEADER_WITHIN = 10  # lines: exports put a title and a period above
_RAW = 1_000  # characters of a refused line that are kept
_ADDED = ("impressions", "clicks", "conversions", "cost")


@dataclass
class ParsedFile:
    """Rows by key, added up, and the lines that could not be understood."""

    rows: dict[tuple[Any, ...], dict[str, Any]] = field(default_factory=dict)
    refused: list[Refused] = field(default_factory=list)


def parse(name: str, content: bytes, money: Money) -> ParsedFile:
    """The file's rows; never raises for what is in it."""
    parsed = ParsedFile()
    text = decoded(content)
    found = _find_header(text)
    if found is None:
        reason = "no header with a day, a campaign and a cost was found in the file"
        parsed.refused.append(Refused(reason, f"{name}: {text[:_RAW]}"))
        return parsed
    lines, columns, is_google = found
    for number, cells in lines:
        if not any(cell.strip() for cell in cells) or (is_google and google_ads.is_total(cells)):
            continue
        try:
            row = _row(name, cells, columns, is_google, money)
        except Unclear as reason:
            raw = f"{name}:{number}: {' | '.join(cells)}"[:_RAW]
            parsed.refused.append(Refused(str(reason), raw))
            continue
        _add(parsed.rows, row)
    return parsed


def decoded(content: bytes) -> str:
    """Text by byte order mark, else UTF-8, else cp1251, which reads anything."""
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return content.decode("utf-16", "replace")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1251", "replace")


def _find_header(
    text: str,
) -> tuple[list[tuple[int, list[str]]], list[str | None], bool] | None:
    """Numbered lines below the header, the column at each place, whether Google made the file.

    The delimiter is the one under which a header is found.
    """
    for delimiter in ("\t", ";", ","):
        try:
            records = list(csv.reader(io.StringIO(text), delimiter=delimiter))
        except csv.Error:
            continue
        for place, record in enumerate(records[:_HEADER_WITHIN]):
            names = [" ".join(cell.lower().split()) for cell in record]
            for is_google in (True, False):
                columns = _columns(names, is_google)
                if columns:
                    return list(enumerate(records, 1))[place + 1 :], columns, is_google
    return None


def _columns(names: Sequence[str], is_google: bool) -> list[str | None] | None:
    """The contract's column at each place, or None when this is no header."""
    aliases = google_ads.COLUMNS if is_google else COLUMNS
    required = google_ads.REQUIRED if is_google else REQUIRED
    known = {alias: column for column, names_of in aliases.items() for alias in names_of}
    columns: list[str | None] = []
    for name in names:
        column = known.get(name)
        columns.append(None if column in columns else column)
    is_header = set(required) <= set(columns) and {"campaign_id", "campaign_name"} & set(columns)
    return columns if is_header else None


def _row(
    name: str, cells: list[str], columns: list[str | None], is_google: bool, money: Money
) -> dict[str, Any]:
    if not any(cell.strip() for cell in cells[len(columns) :]):
        cells = cells[: len(columns)]  # spreadsheets end lines with empty cells
    if len(cells) != len(columns):
        raise Unclear(f"{len(cells)} cells where the header has {len(columns)}")
    told: dict[str, Any] = {}
    for column, cell in zip(columns, cells, strict=True):
        if column is None:
            continue
        try:
            value = READERS[column](cell) if column in READERS else cell.strip() or None
        except Unclear as unclear:
            raise Unclear(f"{column} {unclear}") from None
        told[column] = None if value in NOTHING else value
    campaign = told.get("campaign_id") or told.get("campaign_name")
    if campaign is None:
        raise Unclear("campaign is empty")
    if told["cost"] is None and is_google:
        told["cost"] = 0  # an export writes `--` for nothing
    if told["cost"] is None:
        raise Unclear("cost is empty")
    unit = told.get("currency") or money.currency
    rate = told.get("vat_rate")
    return row_of(
        **{
            **told,
            "provider": (told.get("provider") or PROVIDER).lower()
            if not is_google
            else google_ads.PROVIDER,
            "account": told.get("account") or ACCOUNT,
            "campaign_id": campaign,
            "network": (told.get("network") or "").lower(),
            "currency": unit,
            "vat_included": bool(told.get("vat_included")),
            "vat_rate": money.rate(told["day"], unit) if rate is None else rate,
            "origin": name,
        }
    )


def _add(rows: dict[tuple[Any, ...], dict[str, Any]], row: dict[str, Any]) -> None:
    """A finer table is added up to the key."""
    key = tuple(row[column] for column in CAMPAIGN_COST.key)
    standing = rows.get(key)
    if standing is None:
        rows[key] = row
        return
    for column in _ADDED:
        if row[column] is not None:
            standing[column] = (standing[column] or 0) + row[column]
