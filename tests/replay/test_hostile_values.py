"""No model, asset or test fails on a value, on an empty warehouse, or on a source that is alone.

One warehouse goes through its life: nothing has landed; the CRM of some good shops, then all of
them; beside them rows with a hostile value in every column of every table. Each time the whole hour
runs (dbt and the assets in Python), on nothing and in the end all tests of the night too.

OMNI_HOSTILE_SEED    seed of the hostile shop (default 5)
OMNI_REPLAY_ROUNDS   how many hostile shops, each in a warehouse of its own (default 1)
OMNI_HOSTILE_VALUES  values for each column (default 2, which uses the whole corpus; 6 in torture)
"""

import os
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import dagster as dg
import psycopg
import pytest
from psycopg import sql

from omni_pipeline.attribution.assets import datadriven_channel
from omni_pipeline.attribution.comparison.assets import model_comparison
from omni_pipeline.bronze.landing import land
from omni_pipeline.command.summary import sections
from omni_pipeline.identity.assets import health
from omni_pipeline.loyalty.assets import discrepancy, ledger_is_consistent
from omni_pipeline.warehouse.resource import Warehouse
from omni_pipeline.warehouse.since import first_day
from tests.replay.hostile_rows import HostileShop
from tests.replay.hostile_values import CORPUS
from tests.replay.opening import replaying
from tests.replay.runner import Replay
from tests.replay.scopes import DATADRIVEN, JOURNEY_SCOPE, Scope
from tests.replay.sources import TABLES
from tests.replay.worlds import Landing, World, dictionary, properties

SEED = int(os.environ.get("OMNI_HOSTILE_SEED", "5"))
ROUNDS = int(os.environ.get("OMNI_REPLAY_ROUNDS", "1"))
VALUES = int(os.environ.get("OMNI_HOSTILE_VALUES", "2" if ROUNDS == 1 else "6"))
SOURCES = sorted({address.split(".")[0].removeprefix("raw_") for address in TABLES})
# A minute each, so in torture; `make test` has an hour of the CRM alone.
ELSEWHERE = pytest.mark.skip(reason="each source alone is a warehouse of its own: make torture")
ALONE: list[Any] = [*SOURCES] if ROUNDS > 1 else [pytest.param("each", marks=ELSEWHERE)]
ASSETS = (datadriven_channel, discrepancy, ledger_is_consistent, health, model_comparison)
# What is told of one customer, order or touch, and so must not move when others come.
OF_ONE = (
    "marts.fct_touch",
    "marts.fct_conversion",
    "marts.fct_attribution",
    "marts.conversion_quarantine",
    "marts.spend_quarantine",
    "marts.customer_identifier",
    "marts.bl_customer_profile",
)
OUT_OF_BOUNDS: dict[str, list[Any]] = {
    "numeric": [Decimal("1e25"), Decimal("-1e13")],
    "count": [2**63 - 1],
    "timestamp": ["9999-12-31 23:59:59", "0001-01-01", "infinity", "-infinity"],
    "timestamptz": ["9999-12-31 23:59:59+00", "infinity", "-infinity"],
    "date": ["9999-12-31"],
}
KNOWN_DAY = "2026-03-04T10:00:00+03:00"
ORDER = {"user_id": 0, "price": 100, "currency": "RUB", "status_id": "N", "canceled": "N"}
DEAL = {
    "stage_id": "WON", "stage_semantic_id": "S", "closed": "Y", "opportunity": 100,
    "currency_id": "RUB", "date_create": KNOWN_DAY,
}  # fmt: skip
KNOWN = [
    Landing(
        "raw_bitrix.b_sale_order",
        [
            {"id": 501, "date_insert": "0000-00-00 00:00:00", **ORDER},
            {"id": 502, "date_insert": "9999-12-31 00:00:00", **ORDER},
            {"id": 503, "date_insert": "2026-03-04 10:00:00", **ORDER, "price": "1e17"},
            {"id": 504, "date_insert": "2026-03-04 10:00:00", **ORDER, "price": None},
            {"id": 505, "date_insert": "2026-03-04 10:00:00", **ORDER, "payed": "Y"},
        ],
    ),
    Landing(
        "raw_crm.deal",
        [
            {"id": 501, "closedate": "9999-12-31T00:00:00+03:00", **DEAL},
            {"id": 502, "closedate": KNOWN_DAY, **DEAL, "opportunity": "999999999999.99"},
            {"id": 503, "closedate": KNOWN_DAY, **DEAL, "opportunity": 9e11, "currency_id": "USD"},
        ],
    ),
    Landing(
        "raw_crm.contact",
        [
            {
                "id": 501,
                "date_create": KNOWN_DAY,
                "phone": [{"VALUE": "+79995550001"}],
                "uf": {"UF_SITE_MEMBER_ID": "12345678901234567890"},
            }
        ],
    ),
]
BECAME = (
    "select conversion_id, reason from marts.conversion_quarantine"
    " where conversion_id ~ '^(order|deal):50[1-5]$'",
    "select conversion_id, revenue_kopecks from marts.fct_conversion"
    " where conversion_id ~ '^(order|deal):50[1-5]$'",
    "select table_name || ' refused', min(reason) from ops.quarantine"
    " where raw like '%\"id\": 503,%' group by table_name",
    "select 'contact 501', string_agg(id_type, ' ' order by id_type) from marts.customer_identifier"
    " where customer_uuid = (select customer_uuid from marts.customer_identifier"
    " where id_type = 'CONTACT' and id_value = '501')",
    "select table_name || ' ' || key, repairs from (select 'order' as table_name, id as key,"
    " _repairs as repairs from raw_bitrix.b_sale_order where id in (501, 502)"
    " union all select 'deal', id, _repairs from raw_crm.deal where id = 501) as told",
)
EXPECTED = {
    "order:501": "no time",
    "order:502": "no time",
    "order:504": "no amount",
    "order:505": 10_000,
    "deal:501": 10_000,
    "deal:502": 99_999_999_999_999,
    "deal:503": "amount out of range",
    "b_sale_order refused": "price: out of range",
    "contact 501": "CONTACT PHONE",
    "order 501": ["zero_date"],
    "order 502": ["far_date"],
    "deal 501": ["far_date"],
}
# The assets write the data-driven mart here, as in production; `Replay` need not.
SCOPE = Scope(JOURNEY_SCOPE.select, tuple(t for t in JOURNEY_SCOPE.tables if t is not DATADRIVEN))


def worlds(*seeds: int) -> Iterator[World]:
    """Shops as the other replays have them."""
    for seed in seeds:
        world = World(seed)
        world.counts_visits = True
        world.grow(120)
        yield world


def good() -> list[Landing]:
    """All rows of two shops."""
    landings = [properties(0), dictionary(0)]
    for world in worlds(1, 2):
        landings += [Landing(table, rows) for table, rows in world.take().items()]
    return landings


def run_hour(replay: Replay) -> None:
    """One hour over all that has landed: dbt, the assets after it, what is told of the run."""
    replay.set_bound()
    replay.build()
    with dg.DagsterInstance.ephemeral() as instance:
        result = dg.materialize(
            [*ASSETS],
            instance=instance,
            resources={"warehouse": Warehouse(url=replay.url)},
            raise_on_error=False,
        )
    assert result.success, [e.message for e in result.all_events if e.is_failure]
    with psycopg.connect(replay.url) as connection:
        assert list(sections(connection))
        first_day(connection)  # of worlds of long ago there is none


def failed_tests(replay: Replay) -> list[str]:
    """Tests of the night that do not pass, but for those that only warn."""
    found = replay.test("*")
    assert len(found) > 500
    return [f"{r.node.name}: {r.message}" for r in found if r.status not in ("pass", "warn")]


def rows_of(replay: Replay) -> dict[str, set[str]]:
    """Every row that tells of one thing, as text."""
    with psycopg.connect(replay.url) as connection:
        return {
            name: {row for (row,) in connection.execute(f"select row(t)::text from {name} as t")}
            for name in OF_ONE
        }


def land_hostile(replay: Replay, shop: HostileShop) -> dict[str, int]:
    """Land a hostile shop; rows that came and rows refused. All that came are counted."""
    told = {"rows_in": 0, "refused": 0}
    with psycopg.connect(replay.url, autocommit=True) as connection:
        for rows_by_table in (shop.rows(), shop.batch(VALUES)):
            for address, rows in rows_by_table.items():
                landed = land(connection, TABLES[address], rows)
                assert landed.rows_in == len(rows)
                assert landed.rows_in == (
                    landed.rows_new
                    + landed.rows_changed
                    + landed.rows_unchanged
                    + landed.rows_repeated
                    + landed.rows_quarantined
                )
                told["rows_in"] += landed.rows_in
                told["refused"] += landed.rows_quarantined
    return told


def let_in_by_an_older_version(replay: Replay, after: int) -> None:
    """Put what bronze now refuses into rows that came `after`, as an old warehouse may hold it."""
    with psycopg.connect(replay.url, autocommit=True) as connection:
        for table in TABLES.values():
            columns = enumerate(zip(table.stored_columns, table.kinds, strict=True))
            for place, (column, kind) in columns:
                for n, value in enumerate(
                    [] if column in table.key else OUT_OF_BOUNDS.get(kind, [])
                ):
                    connection.execute(
                        sql.SQL("update {} set {} = {} where _seq > {} and _seq % 31 = {}").format(
                            table.identifier,
                            sql.Identifier(column),
                            sql.Literal(value),
                            sql.Literal(after),
                            sql.Literal((3 * place + n) % 31),
                        )
                    )


def became(replay: Replay) -> dict[str, Any]:
    """What the marts make of the rows in `KNOWN`."""
    with psycopg.connect(replay.url) as connection:
        return {
            name: value for query in BECAME for name, value in connection.execute(query).fetchall()
        }


def test_the_corpus_is_large() -> None:
    assert len({repr(value) for value in CORPUS}) >= 300


@pytest.mark.parametrize("seed", [SEED + n for n in range(ROUNDS)])
def test_no_value_stops_the_hour_or_the_night(
    server_url: str, template_database: str, seed: int
) -> None:
    with replaying(server_url, template_database, SCOPE) as replay:
        run_hour(replay)
        assert failed_tests(replay) == [], "of an empty warehouse"

        replay.land([part for part in good() if part.table.startswith("raw_crm.")])
        run_hour(replay)
        replay.land(good())
        run_hour(replay)
        before = rows_of(replay)
        assert all(before[name] for name in OF_ONE)

        bound = replay.set_bound()
        told = land_hostile(replay, HostileShop(seed))
        assert told["refused"] > 100, "rows that cannot be held are in quarantine"
        let_in_by_an_older_version(replay, bound)
        replay.land(KNOWN)
        run_hour(replay)
        assert became(replay) == EXPECTED
        assert failed_tests(replay) == [], f"OMNI_HOSTILE_SEED={seed}"
        after = rows_of(replay)
        for name in OF_ONE:
            assert not before[name] - after[name], name

        # The first run over such rows, and the hours that led there, make the same of them.
        assert replay.differences_to_rebuild() == [], f"OMNI_HOSTILE_SEED={seed}"


@pytest.mark.parametrize("source", ALONE)
def test_a_source_alone_is_enough(server_url: str, template_database: str, source: str) -> None:
    with replaying(server_url, template_database, SCOPE) as replay:
        replay.land([part for part in good() if part.table.startswith(f"raw_{source}.")])
        run_hour(replay)
        assert failed_tests(replay) == []
