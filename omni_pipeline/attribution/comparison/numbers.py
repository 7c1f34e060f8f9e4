"""What the models make of the last days, in numbers. Reads alone and imports no Dagster.

The days are those of the conversions and end at the moment the marts describe, so that the same
marts give the same numbers. Reads days that are summed already: the cost follows them, not the
history. A table that does not exist yet counts as empty.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import psycopg

DAYS = 90
# What people compare with: what web analytics show.
REFERENCE = "last_non_direct"
UNATTRIBUTED = "(unattributed)"
Credit = Mapping[tuple[str, str], int]  # kopecks by channel and model

AS_OF = "select as_of, up_to_seq from marts.data_as_of"
# A lead has a source when a touch led to it that says where it came from.
SUMS = """
    select model_id, channel, sum(revenue_kopecks)::bigint as revenue_kopecks,
        sum(conversions) as conversions, sum(purchases) as purchases, sum(leads) as leads,
        coalesce(sum(leads) filter (where channel <> %(unattributed)s and source <> '(none)'), 0)
            as leads_with_source
    from marts.fct_attribution_daily
    where basis = 'order_date' and local_date > %(as_of)s::date - %(days)s::integer
    group by model_id, channel
"""
TOUCHES = """
    select coalesce(sum(touches), 0)::bigint from marts.bl_omni_stats
    where hour_utc > %(as_of)s::timestamptz - %(days)s * interval '24 hours'
"""
STANDING = """
    select bool_and(to_regclass('marts.' || name) is not null) from unnest(%s::text[]) as name
"""
TABLES = ("data_as_of", "fct_attribution_daily", "bl_omni_stats")


@dataclass(frozen=True)
class Comparison:
    """Credit of one period by channel and model, and what every model counts alike."""

    credit: Credit = field(default_factory=dict)
    conversions: int = 0
    purchases: int = 0
    leads: int = 0
    leads_with_source: float = 0.0
    touches: int = 0
    up_to_seq: int = 0

    @property
    def models(self) -> tuple[str, ...]:
        """Models by name."""
        return tuple(sorted({model for _, model in self.credit}))

    @property
    def channels(self) -> tuple[str, ...]:
        """Channels by what all models together give them; what nobody led to comes last."""
        total: dict[str, int] = {}
        for (channel, _), kopecks in self.credit.items():
            total[channel] = total.get(channel, 0) + kopecks
        return tuple(sorted(total, key=lambda name: (name == UNATTRIBUTED, -total[name], name)))

    @property
    def reference(self) -> str | None:
        """The model that the others are compared with; the first when there is no such line."""
        return REFERENCE if REFERENCE in self.models else next(iter(self.models), None)

    def revenue(self, model: str) -> int:
        """All that a model credits, kopecks: the same for every model."""
        return sum(kopecks for (_, name), kopecks in self.credit.items() if name == model)

    def share(self, channel: str, model: str) -> float:
        """Share of the model's revenue; 0 when there is none."""
        revenue = self.revenue(model)
        return self.credit.get((channel, model), 0) / revenue if revenue else 0.0

    def distance(self, model: str, other: str) -> float:
        """Share of the revenue that two models give to different channels: 0 alike, 1 all of it.

        Half the sum of absolute differences of shares (total variation).
        """
        return sum(abs(self.share(c, model) - self.share(c, other)) for c in self.channels) / 2


def compare(connection: psycopg.Connection[Any], days: int = DAYS) -> Comparison:
    """The comparison over the last days that the marts describe."""
    found = connection.execute(STANDING, [list(TABLES)]).fetchone()
    standing = connection.execute(AS_OF).fetchone() if found and found[0] else None
    if standing is None:
        return Comparison()
    as_of, up_to_seq = standing
    asked = {"as_of": as_of, "days": days, "unattributed": UNATTRIBUTED}
    rows = connection.execute(SUMS, asked).fetchall()
    (touches,) = connection.execute(TOUCHES, asked).fetchone() or (0,)
    credit = {(channel, model): int(kopecks) for model, channel, kopecks, *_ in rows}
    reference = Comparison(credit).reference
    # Every model counts each conversion once in all: one of them tells how many there are.
    counts = [row[3:] for row in rows if row[0] == reference]
    conversions, purchases, leads, with_source = (
        sum((row[place] for row in counts), Decimal()) for place in range(4)
    )
    return Comparison(
        credit=credit,
        conversions=round(conversions),
        purchases=round(purchases),
        leads=round(leads),
        leads_with_source=float(with_source),
        touches=int(touches),
        up_to_seq=int(up_to_seq),
    )


def plotted(comparison: Comparison) -> dict[str, int | float]:
    """The numbers by name that are worth a line over the runs; names do not depend on channels."""
    reference = comparison.reference
    revenue = comparison.revenue(reference) if reference else 0
    leads = comparison.leads
    return {
        "conversions": comparison.conversions,
        "purchases": comparison.purchases,
        "leads": leads,
        "revenue_rubles": revenue // 100,
        "touches": comparison.touches,
        "channels": len(comparison.channels),
        "unattributed_share": round(comparison.share(UNATTRIBUTED, reference), 6)
        if reference
        else 0.0,
        "leads_with_source_share": round(comparison.leads_with_source / leads, 6) if leads else 0.0,
        **{
            f"{model}_apart": round(comparison.distance(model, reference), 6)
            for model in comparison.models
            if reference and model != reference
        },
    }


def table(comparison: Comparison) -> str:
    """Credit in whole roubles by channel and model, as Markdown."""
    models = comparison.models
    if not models:
        return "No conversion in these days."
    lines = [["channel", *models], ["---", *("---:" for _ in models)]]
    for channel in comparison.channels:
        credit = (comparison.credit.get((channel, model), 0) for model in models)
        lines.append([_plain(channel), *(_roubles(kopecks) for kopecks in credit)])
    lines.append(["**all**", *(f"**{_roubles(comparison.revenue(model))}**" for model in models)])
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _roubles(kopecks: int) -> str:
    return f"{round(kopecks / 100):,}".replace(",", "\u202f")


def _plain(name: str) -> str:
    """A name that ends neither its cell nor the table, and is not read as HTML."""
    for character in "\\|<>*_`[]":
        name = name.replace(character, f"\\{character}")
    return " ".join(name.split())
