"""The comparison of models read from marts: the period, both bases, absent tables."""

import pytest

from omni_pipeline.attribution.comparison.numbers import Comparison, compare, plotted
from tests.explained_shop import Warehouse

TABLES = """
    create schema marts;
    create table marts.data_as_of (up_to_seq bigint, as_of timestamptz);
    create table marts.bl_omni_stats (hour_utc timestamptz, touches bigint);
    create table marts.fct_attribution_daily (
        local_date date, channel text, source text, model_id text, basis text,
        conversions numeric(20, 6), purchases numeric(20, 6), leads numeric(20, 6),
        revenue_kopecks bigint
    );
    insert into marts.bl_omni_stats values
        ('2026-06-01 12:00Z', 5), ('2026-04-01 00:00Z', 7), ('2026-01-01 00:00Z', 100);
    insert into marts.fct_attribution_daily values
        ('2026-06-01', 'Email', 'letters', 'last_non_direct', 'order_date', 1.5, 1, 0.5, 30000),
        ('2026-06-01', 'Direct', '(direct)', 'last_non_direct', 'order_date', 1, 1, 0.25, 10000),
        ('2026-03-04', 'Email', '(none)', 'last_non_direct', 'order_date', 0.5, 0, 0.25, 0),
        ('2026-03-04', '(unattributed)', '(none)', 'last_non_direct', 'order_date', 1, 0, 1, 10000),
        ('2026-06-01', 'Email', 'letters', 'first', 'order_date', 4, 2, 2, 50000),
        ('2026-06-01', 'Direct', '(direct)', 'first', 'touch_date', 4, 2, 2, 99999),
        ('2026-03-03', 'Direct', '(direct)', 'first', 'order_date', 4, 2, 2, 99999)
"""


def test_a_warehouse_without_marts_gives_zeros(warehouse: Warehouse) -> None:
    assert compare(warehouse) == Comparison()


def test_marts_that_were_never_complete_give_zeros(warehouse: Warehouse) -> None:
    warehouse.execute(TABLES)
    assert compare(warehouse) == Comparison()


def test_the_last_days_that_the_marts_describe(warehouse: Warehouse) -> None:
    warehouse.execute(TABLES)
    warehouse.execute("set timezone = 'UTC'")
    warehouse.execute("insert into marts.data_as_of values (77, '2026-06-01 20:00Z')")
    found = compare(warehouse)
    assert found.credit == {
        ("Email", "last_non_direct"): 30_000,
        ("Direct", "last_non_direct"): 10_000,
        ("(unattributed)", "last_non_direct"): 10_000,
        ("Email", "first"): 50_000,
    }
    told = plotted(found)
    assert (found.up_to_seq, told["conversions"], told["purchases"]) == (77, 4, 2)
    assert (told["leads"], told["leads_with_source_share"]) == (2, 0.375)
    assert (told["touches"], told["revenue_rubles"]) == (12, 500)
    assert told["unattributed_share"] == pytest.approx(0.2)
    assert told["first_apart"] == pytest.approx(0.4)
