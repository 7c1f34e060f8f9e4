"""What one file tells: orders and lines of orders, ready for their two tables."""

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from omni_pipeline.bronze.staging import Refused
from omni_pipeline.sources.ads.csv_table import ParsedFile
from omni_pipeline.sources.onec.cells import plain_number
from omni_pipeline.sources.onec.tables import CUSTOMER_ORDER

Key = tuple[Any, ...]


@dataclass
class Told:
    """One file, as it goes into both tables."""

    name: str
    orders: ParsedFile = field(default_factory=ParsedFile)
    items: ParsedFile = field(default_factory=ParsedFile)
    _unclear: dict[Key, Refused] = field(default_factory=dict)

    def understood(self) -> None:
        """It has a heading that can be read, or is CommerceML to its end."""
        self.orders.has_heading = self.items.has_heading = True

    def order(self, values: dict[str, Any]) -> None:
        """An order. Of two in a file that have one number and year the later counts."""
        row = {**dict.fromkeys(CUSTOMER_ORDER.columns), **values, "origin": self.name}
        row["year"] = row["ordered_at"].year
        _keep(self.orders, key_of(values["number"], values["ordered_at"]), row)

    def item(self, key: Key, values: dict[str, Any]) -> None:
        """A line of an order, in the order told."""
        number, year = key
        row = {"number": number, "year": year, "items": [], "origin": self.name}
        items = self.items.rows.setdefault(key, row)["items"]
        items.append(
            {n: plain_number(v) if isinstance(v, Decimal) else v for n, v in values.items()}
        )

    def no_items(self, key: Key) -> None:
        """An order that is told whole and has no lines."""
        number, year = key
        row = {"number": number, "year": year, "items": [], "origin": self.name}
        self.items.rows.setdefault(key, row)

    def refuse_items(self, key: Key, refused: Refused) -> None:
        """Lines of an order without one of them would be another order: the order keeps those that
        it had."""
        self.items.refused.append(refused)
        self._unclear[key] = refused

    def settle(self) -> None:
        """Nothing comes any more."""
        for key in self._unclear:
            self.items.rows.pop(key, None)


def key_of(number: str, at: datetime) -> Key:
    return (number, at.year)


def _keep(parsed: ParsedFile, key: Key, row: dict[str, Any]) -> None:
    before = parsed.rows.pop(key, None)
    if before is not None:
        parsed.repeated.append(before)
    parsed.rows[key] = row
