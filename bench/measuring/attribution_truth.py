"""Data-driven results beside each other: ours, ChannelAttribution's, MAM's, and the exact ones.

All months together, which the published mart never is: peers know no months.
"""

from typing import Any

import pandas as pd
import psycopg

from measuring.attribution_exact import furthest, shares
from omni_pipeline.attribution.journeys import JOURNEYS, sets_of, transitions_of
from omni_pipeline.attribution.models import attribute
from omni_pipeline.attribution.store import BUCKETS

ALL_JOURNEYS = """
select bucket, channels, is_converted, count(*), sum(revenue_kopecks)::bigint
from intermediate.int_attribution__journeys group by bucket, channels, is_converted
"""
PATHS = """
select channels, count(*) filter (where is_converted), sum(revenue_kopecks)::bigint,
    count(*) filter (where not is_converted)
from intermediate.int_attribution__journeys group by 1
"""


def ours(connection: psycopg.Connection[Any]) -> dict[str, dict[str, float]]:
    """Shares by model and channel of the whole time, out of the project's own journeys.

    Without intervals, which no peer has: `replicates` draws nothing worth its time.
    """
    found = connection.cursor(binary=True).execute(ALL_JOURNEYS).fetchall()
    journeys = pd.DataFrame(found, columns=JOURNEYS)
    frame = attribute(
        transitions_of(journeys),
        sets_of(journeys),
        buckets=BUCKETS,
        replicates=1,
        min_support=0,
    )
    known = frame[frame["share"].notna()]
    return {
        str(model): dict(zip(rows["channel"], rows["share"], strict=True))
        for model, rows in known.groupby("model")
    }


def compared(
    connection: psycopg.Connection[Any],
    mine: dict[str, dict[str, float]],
    peers: dict[str, dict[str, Any]],
) -> dict[str, float]:
    """Print the largest relative deviations of a channel's share; gives them by name."""
    paths = [(tuple(row[0]), *row[1:]) for row in connection.execute(PATHS)]
    theirs = peers.get("channel_attribution", {}).get("credit", {})
    figures: dict[str, float] = {}
    print("largest deviation of a channel's share from the exact one")
    for order in (1, 2, 3):
        for suffix, exact in zip(("", "_revenue"), shares(paths, order), strict=True):
            name = f"markov_{order}{suffix}"
            figures[f"{name}_off"] = furthest(mine[name], exact)
            said = f"  {name:20}ours {figures[f'{name}_off']:.1e}"
            if name in theirs:
                figures[f"{name}_channel_attribution_off"] = off = round(
                    furthest(_parts(theirs[name]), exact), 4
                )
                said += f"   ChannelAttribution {off:.1%}"
            print(said, flush=True)
    if "mam" in peers:
        figures["mam_shapley_off"] = _truncation(
            mine["shapley_rate_revenue"], peers["mam"]["credit"]["shapley"]
        )
    return figures


def _truncation(exact: dict[str, float], credit: dict[str, float]) -> float:
    """MAM beside ours by channel: of a set it keeps the last four by the alphabet.

    Both value a set by its conversion rate and share out revenue.
    """
    theirs = _parts(credit)
    print(f"  {'Shapley, share of':30}{'ours':>8}{'MAM':>8}")
    for name in sorted(exact):
        print(f"  {name:30}{exact[name]:8.1%}{theirs.get(name, 0.0):8.1%}")
    return round(furthest(theirs, exact), 4)


def _parts(credit: dict[str, float]) -> dict[str, float]:
    total = sum(credit.values())
    return {name: value / total for name, value in credit.items()}
