"""Where the data-driven models read their journeys, and the mart that they fill.

A month of a brand is computed again only when the digest of its journeys, which dbt keeps beside
them, or the code of the models is another one. What stands in the table is a function of
the journeys alone: no clock, one seed.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd
import psycopg
from psycopg import sql

from omni_pipeline.attribution import models
from omni_pipeline.attribution.journeys import JOURNEYS, sets_of, transitions_of
from omni_pipeline.ops import creating
from omni_pipeline.warehouse.project import variables
from omni_pipeline.warehouse.publication import follow, last_published
from omni_pipeline.warehouse.versions import code_version

BUCKETS: int = variables()["journey_buckets"]  # of customers, for the resampling
TABLE = "marts.datadriven_channel"
MONTHS = "intermediate.int_attribution__months"
# What the numbers are made by, with this file; another text of it means other numbers.
CODE = (
    "allocation", "bootstrap", "chain", "inputs", "journeys", "markov", "models", "sets", "shapley",
)  # fmt: skip

# Column: type and what analysts read about it. The order is that of the table.
COLUMNS = {
    "local_month": ("date not null", "Local month of the purchase, or of the last touch without."),
    "brand": ("text not null", "Brand of the purchase, or of the last touch without."),
    "model": (
        "text not null",
        "markov_1, markov_2, markov_3 (removal effects of chains of that order), shapley (on sets "
        "of channels), shapley_rate (of conversion rates); with _revenue weighed by revenue.",
    ),
    "channel": (
        "text not null",
        "Channel; '(other)' are several on under 30 journeys, '(unattributed)' what nobody led to.",
    ),
    "share": (
        "double precision",
        "Part of the credit, association, not lift; sums to 1 over the channels of a model, 0 "
        "throughout when nothing with touches converted, null for '(unattributed)'.",
    ),
    "effect": (
        "double precision",
        "What the share was made from: removal effect, or Shapley value over the total; a negative "
        "one has share 0.",
    ),
    "conversions": ("double precision not null", "Purchases credited; sums to all purchases."),
    "revenue_kopecks": (
        "bigint not null",
        "Revenue credited, kopecks; sums to the revenue of all purchases of the month exactly.",
    ),
    "p5": ("double precision", "5th percentile of the share over 200 resamplings of customers."),
    "p50": ("double precision", "Median of the share over them."),
    "p95": ("double precision", "95th percentile of the share over them."),
    "paths": ("bigint not null", "Journeys that touched the channel, converted or not."),
    "support": ("bigint not null", "Converted journeys among them."),
    "is_reliable": ("boolean not null", "At least 30 converted journeys stand behind the row."),
    "up_to_seq": ("bigint not null", "Arrival up to which the journeys were known when computed."),
    "computed_from": ("text not null", "Digest of the journeys and of the models' code."),
}
KEY = ("local_month", "brand", "model", "channel")
ABOUT = (
    "One row per local month, brand, data-driven model and channel. ASSOCIATION, NOT LIFT: which "
    "channels stand on the journeys that end with a purchase, not what would be lost without them."
)

READ_MONTHS = f"select local_month, brand, digest::text from {MONTHS} order by 1, 2"
READ_COMPUTED = f"select distinct local_month, brand, computed_from from {TABLE}"
READ_JOURNEYS = """
    select bucket, channels, is_converted, count(*), sum(revenue_kopecks)::bigint
    from intermediate.int_attribution__journeys
    where local_month = %s and brand = %s
    group by bucket, channels, is_converted
"""
# Months in which some model does not add up to what was bought, or its shares not to one.
READ_WRONG = f"""
    select month.local_month || ' ' || month.brand || ' ' || coalesce(credit.model, '(no model)')
    from {MONTHS} as month
    left join (
        select local_month, brand, model, sum(revenue_kopecks) as revenue_kopecks,
            sum(conversions) as conversions, sum(share) as share
        from {TABLE} group by local_month, brand, model
    ) as credit using (local_month, brand)
    where month.revenue_kopecks is distinct from credit.revenue_kopecks
        or abs(month.conversions - credit.conversions) > 1e-6 * month.conversions
        or (credit.share <> 0 and abs(credit.share - 1) > 1e-9)
    order by 1
"""


@dataclass(frozen=True)
class Month:
    """A local month of a brand, and the digest of what its numbers are made from."""

    local_month: date
    brand: str
    made_from: str


@dataclass(frozen=True)
class Written:
    """What one run did, in months of brands."""

    computed: int
    kept: int
    removed: int


def ensure_table(connection: psycopg.Connection[Any]) -> None:
    """Create marts.datadriven_channel and say in it what its columns mean.

    A table of other columns, which an earlier version left, gives way: its rows are computed anew.
    """
    columns = ", ".join(f"{name} {kind}" for name, (kind, _) in COLUMNS.items())
    with creating(connection):
        if _columns(connection) == {
            n: k.removesuffix(" not null") for n, (k, _) in COLUMNS.items()
        }:
            return
        connection.execute("create schema if not exists marts")
        connection.execute(f"drop table if exists {TABLE} cascade")
        connection.execute(f"create table {TABLE} ({columns}, primary key ({', '.join(KEY)}))")
        told = {f"table {TABLE}": ABOUT}
        told |= {f"column {TABLE}.{name}": about for name, (_, about) in COLUMNS.items()}
        for what, about in told.items():
            connection.execute(
                sql.SQL("comment on {} is {}").format(sql.SQL(what), sql.Literal(about))
            )


def refresh(connection: psycopg.Connection[Any], up_to_seq: int) -> Written:
    """Bring marts.datadriven_channel up to the journeys as they stand, and remember whose.

    The connection must not be inside a transaction. Raises InputError when a channel
    has a reserved name; the table then stays as it was.
    """
    ensure_table(connection)
    if not _exists(connection, MONTHS):
        return Written(0, 0, 0)
    with connection.transaction():
        connection.execute("set transaction isolation level repeatable read, read only")
        published = last_published(connection)
        months = list(_months(connection))
        standing = {Month(*row) for row in connection.execute(READ_COMPUTED)}
        wanted = [month for month in months if month not in standing]
        frames = [(month, compute(connection, month)) for month in wanted]
    gone = standing - set(months)
    with connection.transaction():
        # Readers go on; a second writer waits.
        connection.execute(f"lock table {TABLE} in share row exclusive mode")
        with connection.cursor() as cursor:
            cursor.executemany(
                f"delete from {TABLE} where local_month = %s and brand = %s",
                [(month.local_month, month.brand) for month in [*gone, *wanted]],
            )
            with cursor.copy(f"copy {TABLE} ({', '.join(COLUMNS)}) from stdin") as copy:
                for month, frame in frames:
                    for row in rows_of(frame, month, up_to_seq):
                        copy.write_row(row)
        follow(connection, TABLE, published, code_digest())
    vanished = {(m.local_month, m.brand) for m in gone} - {(m.local_month, m.brand) for m in months}
    return Written(len(wanted), len(months) - len(wanted), len(vanished))


def compute(connection: psycopg.Connection[Any], month: Month) -> pd.DataFrame:
    """All models of a month, as `models.attribute` gives them."""
    return models.attribute(*aggregates(connection, month), buckets=BUCKETS)


def aggregates(
    connection: psycopg.Connection[Any], month: Month
) -> tuple[dict[int, pd.DataFrame], pd.DataFrame]:
    """Transitions by order, and channel sets, of a month (frames as in `inputs.py`)."""
    cursor = connection.cursor(binary=True)
    found = cursor.execute(READ_JOURNEYS, [month.local_month, month.brand]).fetchall()
    journeys = pd.DataFrame(found, columns=JOURNEYS)
    return transitions_of(journeys), sets_of(journeys)


def rows_of(frame: pd.DataFrame, month: Month, up_to_seq: int) -> Iterator[list[Any]]:
    """Rows in the order of COLUMNS; journeys are counted whole."""
    same = {"local_month": month.local_month, "brand": month.brand, "up_to_seq": up_to_seq}
    same["computed_from"] = month.made_from
    whole = frame.astype({"paths": "int64", "support": "int64"}).astype("object")
    for found in whole.where(whole.notna(), None).to_dict("records"):
        row = {str(name): value for name, value in found.items()} | same
        yield [row[name] for name in COLUMNS]


def health(connection: psycopg.Connection[Any]) -> tuple[dict[str, float], list[str]]:
    """Numbers of the table as it stands, and the months and models that do not add up."""
    row = connection.execute(
        f"""
        select count(*), count(distinct (local_month, brand)),
            coalesce(sum(conversions) filter (where model = 'markov_1'), 0),
            count(*) filter (where model = 'markov_1' and not is_reliable and share is not null)
        from {TABLE}
        """
    ).fetchone()
    assert row is not None  # an aggregate always answers
    names = ("rows", "months", "conversions", "unreliable_channels")
    numbers = dict(zip(names, map(round, row), strict=True))
    if not _exists(connection, MONTHS):
        return numbers, []
    return numbers, [str(name) for (name,) in connection.execute(READ_WRONG)]


@cache
def code_digest() -> str:
    """Digest of the files that make the numbers."""
    here = Path(__file__)
    return code_version([*(here.with_name(f"{name}.py") for name in CODE), here])


def _months(connection: psycopg.Connection[Any]) -> Iterator[Month]:
    for local_month, brand, digest in connection.execute(READ_MONTHS):
        yield Month(local_month, brand, f"{digest} {code_digest()}")


def _columns(connection: psycopg.Connection[Any]) -> dict[str, str]:
    """Types by column as the table stands; empty when there is none."""
    return dict(
        connection.execute(
            "select attname, format_type(atttypid, atttypmod) from pg_attribute "
            "where attrelid = to_regclass(%s) and attnum > 0 and not attisdropped",
            [TABLE],
        ).fetchall()
    )


def _exists(connection: psycopg.Connection[Any], table: str) -> bool:
    row = connection.execute("select to_regclass(%s) is not null", [table]).fetchone()
    return bool(row and row[0])
