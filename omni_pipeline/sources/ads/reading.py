"""What a reader of advertising cost hands over: rows, what they are all of, where reading stands.

Belongs here: the shapes shared by the networks, the folder and the landing. No protocol, no SQL.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Protocol

from omni_pipeline.bronze.staging import Refused, Total
from omni_pipeline.sources.ads.tables import CAMPAIGN_COST

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Scope:
    """The standing rows a reading knows all of: those with these values on these days.

    `values` maps a column to the values it may have; days without a bound are open.
    """

    values: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    first: date | None = None
    last: date | None = None


@dataclass(frozen=True)
class Reading:
    """One read. Without a scope nothing that is lacking counts as deleted.

    `max_shrink` is the share of the scope that may go, where the settings took it away.
    """

    rows: Iterable[Row | Refused | Total]
    scope: Scope | None
    state: str
    max_shrink: float | None = None


class Reader(Protocol):
    """One door: an account of a network, or the folder. `name` keeps its state apart."""

    @property
    def name(self) -> str: ...

    def check(self) -> str:
        """One cheap look; a sentence for a person. Raises SourceError."""
        ...

    def read(self, state: str | None, whole: bool) -> Reading | None:
        """What is new since `state`, or everything; None when nothing can be. Raises SourceError
        here or while the rows are taken."""
        ...


def row_of(**known: Any) -> dict[str, Any]:
    """A row of the bronze table; columns not named are null, an untold network is ''."""
    unknown = known.keys() - CAMPAIGN_COST.columns.keys()
    assert not unknown, f"campaign_cost has no column {sorted(unknown)}"
    return {**dict.fromkeys(CAMPAIGN_COST.columns), "network": "", **known}
