"""Expenses of a boxed Bitrix24 to rows of the bronze table: pure, no SQL.

Belongs here: what a source, its campaigns and a day's expenses of the CRM mean as advertising cost.
How they are read is in `crm_expenses.py`.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from omni_pipeline.bronze.staging import Refused
from omni_pipeline.sources.ads.periods import Money
from omni_pipeline.sources.ads.reading import row_of

PROVIDER, ACCOUNT = "bitrix24", "crm"
# The CRM's code of a source -> settings, one of which opens the door of the network itself.
_VK = ("VK_ADS_TOKEN", "VK_ADS_CLIENT_ID")
NETWORKS = {"yandex": ("YANDEX_DIRECT_TOKEN",), "vkads": _VK, "vk": _VK}
_DEPTH = 10  # levels: campaign, group, keyword and some to spare; a circle must end


@dataclass(frozen=True)
class Source:
    """A source of the CRM's analytics; `code` is the network's, '' for one that people made."""

    name: str | None = None
    code: str = ""
    utm_source: str | None = None


@dataclass(frozen=True)
class Child:
    """A campaign, group or keyword of a source; `parent` is 0 for a campaign."""

    parent: int
    title: str | None


@dataclass(frozen=True)
class Expense:
    """What one source or one child of it cost on a day in a currency, summed over its entries."""

    source: int
    child: int
    day: str | None
    currency: str | None
    cost: Decimal | None
    actions: int | None
    impressions: int | None

    @property
    def is_nothing(self) -> bool:
        """The CRM marks the days it has looked at with empty rows, in dollars whatever is used."""
        return self.cost == 0 and not self.actions and not self.impressions


@dataclass(frozen=True)
class Book:
    """Sources and children by id."""

    sources: Mapping[int, Source] = field(default_factory=dict)
    children: Mapping[int, Child] = field(default_factory=dict)

    def having(self, codes: Iterable[str]) -> dict[int, str]:
        """Ids of the sources with one of these codes, with the code."""
        wanted = set(codes)
        return {key: found.code for key, found in self.sources.items() if found.code in wanted}

    def campaign(self, expense: Expense) -> tuple[str, str | None]:
        """Id and name of the campaign: the uppermost of the child's parents, else the source."""
        source = self.sources.get(expense.source, Source())
        if not expense.child:
            return str(expense.source), source.name
        top = expense.child
        for _ in range(_DEPTH):
            parent = self.children[top].parent if top in self.children else 0
            if not parent:
                break
            top = parent
        known = self.children.get(top)
        return f"{expense.source}:{top}", (known and known.title) or source.name


def cost_rows(
    expenses: Iterable[Expense], book: Book, money: Money
) -> Iterator[dict[str, Any] | Refused]:
    """A row for each campaign and day; entries of one are added up.

    A key has one currency: that of the settings if it is among them, else the first by name. What
    is in another one, or without an amount, is refused.
    """
    rows: dict[tuple[str, str | None], dict[str, Any]] = {}
    for found in sorted(expenses, key=lambda one: _order(one, money)):
        if found.is_nothing:
            continue
        campaign, name = book.campaign(found)
        unit = _unit(found, money)
        standing = rows.get((campaign, found.day))
        if found.cost is None:
            yield _refused("cost is empty", found)
        elif standing is None:
            rows[campaign, found.day] = _row(found, campaign, name, unit, book, money)
        elif standing["currency"] != unit:
            yield _refused("another currency for the same source and day", found)
        else:
            for column, value in (
                ("cost", found.cost),
                ("clicks", found.actions),
                ("impressions", found.impressions),
            ):
                if value is not None:
                    standing[column] = (standing[column] or 0) + value
    yield from rows.values()


def _row(
    found: Expense, campaign: str, name: str | None, unit: str, book: Book, money: Money
) -> dict[str, Any]:
    source = book.sources.get(found.source, Source())
    return row_of(
        provider=PROVIDER,
        account=source.code or ACCOUNT,
        campaign_id=campaign,
        campaign_name=name,
        day=found.day,
        utm_source=source.utm_source,
        impressions=found.impressions,
        clicks=found.actions,
        cost=found.cost,
        currency=unit,
        # People type what they paid.
        vat_included=True,
        vat_rate=_rate(found.day, unit, money),
    )


def _unit(found: Expense, money: Money) -> str:
    return (found.currency or "").strip().upper() or money.currency


def _order(found: Expense, money: Money) -> tuple[Any, ...]:
    unit = _unit(found, money)
    return unit != money.currency, unit, found.source, found.child, found.day or ""


def _rate(day: str | None, unit: str, money: Money) -> Decimal | None:
    try:
        return money.rate(date.fromisoformat(day or ""), unit)
    except ValueError:
        return None  # the landing refuses the row for its day


def _refused(reason: str, found: Expense) -> Refused:
    told = {name: value for name, value in asdict(found).items() if value is not None}
    return Refused(reason, ", ".join(f"{name} {value}" for name, value in told.items()))
