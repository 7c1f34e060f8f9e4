"""The two checks of a source as Dagster shows them: is it whole, and is it late?

What they ask is in `wholeness.py` and `freshness.py`; `assets.py` asks it in every run.
"""

from collections.abc import Sequence
from datetime import UTC
from typing import Any

import dagster as dg

from omni_pipeline.bronze import BronzeTable, freshness

# The checks of a source; `omni run` prints those that fail.
WHOLE, FRESH = "source_is_whole", "source_is_fresh"
RHYTHM = dg.TableSchema(
    columns=[
        dg.TableColumn("table", "string"),
        dg.TableColumn("newest_hour", "string"),
        dg.TableColumn("hours_missed", "float"),
        dg.TableColumn("limit", "float"),
        dg.TableColumn("active_hours_a_week", "float"),
        dg.TableColumn("weeks_known", "int"),
    ]
)


def check_specs(tables: Sequence[BronzeTable], has_whole: bool) -> list[dg.AssetCheckSpec]:
    """The checks of a source, whole and fresh, on its first table."""
    key, listed = dg.AssetKey(tables[0].address), ", ".join(table.name for table in tables)
    whole = dg.AssetCheckSpec(
        WHOLE,
        asset=key,
        description="The source still has every table and column that was read of it, the right "
        "to read them, and the tables it cannot do without. What is missing is left as last read, "
        f"and the hour is published. Of {listed}.",
    )
    fresh = dg.AssetCheckSpec(
        FRESH,
        asset=key,
        description="The newest rows of each table are no older, by their own time, than its "
        f"rhythm of the last {freshness.WEEKS} weeks lets expect: of the hours that usually bring "
        f"rows, fewer than {freshness.LIMIT:.0f} have passed without. Of {listed}.",
    )
    return [whole, fresh] if has_whole else [fresh]


def whole_result(key: dg.AssetCheckKey, faults: list[str], tables: int) -> dg.AssetCheckResult:
    """ERROR with one sentence a fault; the tables' names stand first."""
    return dg.AssetCheckResult(
        asset_key=key.asset_key,
        check_name=key.name,
        passed=not faults,
        description="; ".join(faults) or "as it was",
        metadata={
            "faults": len(faults),
            "tables_declared": tables,
            "missing": [fault.partition(":")[0] for fault in faults],
        },
    )


def fresh_result(
    key: dg.AssetCheckKey, silences: list[tuple[BronzeTable, freshness.Silence]]
) -> dg.AssetCheckResult:
    """WARN with one sentence a late table; every table's numbers are metadata."""
    late = [freshness.in_words(table, silence) for table, silence in silences if silence.late]
    metadata: dict[str, Any] = {
        "late": len(late),
        "hours_missed": max((silence.missed for _, silence in silences), default=0.0),
        "rhythm": dg.MetadataValue.table(
            [
                dg.TableRecord(
                    {
                        "table": table.name,
                        "newest_hour": f"{silence.newest.astimezone(UTC):%Y-%m-%d %H:%M} UTC",
                        "hours_missed": round(silence.missed, 1),
                        "limit": silence.limit,
                        "active_hours_a_week": round(silence.usual, 1),
                        "weeks_known": silence.weeks,
                    }
                )
                for table, silence in silences
            ],
            schema=RHYTHM,
        ),
    }
    if silences:
        newest = max(silence.newest for _, silence in silences)
        metadata["newest_hour"] = dg.MetadataValue.timestamp(newest)
    return dg.AssetCheckResult(
        asset_key=key.asset_key,
        check_name=key.name,
        passed=not late,
        severity=dg.AssetCheckSeverity.WARN,
        description="; ".join(late) or "as its rhythm lets expect",
        metadata=metadata,
    )
