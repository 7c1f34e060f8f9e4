"""A renamed campaign: its past cost stays where the visits of the past are, hour by hour."""

from pathlib import Path
from typing import Any

import psycopg

from omni_pipeline.sources.ads.csv_folder import CsvFolder
from omni_pipeline.sources.ads.ingest import ingest_ads
from omni_pipeline.sources.ads.tables import TABLES
from tests.integration.journey.conftest import told
from tests.replay.runner import Replay

__all__ = ["told"]

HEAD = "Дата;№ Кампании;Кампания;Тип площадки;Расход (руб.)\n"
SPENT = (
    "select local_date::text, campaign, network, net_kopecks from intermediate.int_ads__spend"
    " where provider = 'yandex_direct' and campaign_id = '77' order by 1, 2, 3"
)


def deliver(told: Replay, folder: Path, *lines: str) -> list[tuple[Any, ...]]:
    """An hour in which an export is saved over the former one."""
    (folder / "direct.csv").write_text(HEAD + "\n".join(lines) + "\n", encoding="utf-8")
    with psycopg.connect(told.url, autocommit=True) as warehouse:
        list(ingest_ads(warehouse, [CsvFolder(folder)], TABLES))
        told.set_bound()
        told.build()
        return warehouse.execute(SPENT).fetchall()


def test_past_cost_keeps_the_name_of_its_day(told: Replay, tmp_path: Path) -> None:
    first = deliver(told, tmp_path, "20.11.2026;77;Old;поиск;100", "21.11.2026;77;Old;поиск;50")
    assert {row[1] for row in first} == {"old"}
    # All days are told again under the new name: one is restated, one gets another network late.
    lines = (
        "20.11.2026;77;New;поиск;90", "20.11.2026;77;New;сети;5",
        "21.11.2026;77;New;поиск;50", "22.11.2026;77;New;поиск;70",
    )  # fmt: skip
    expected = [
        ("2026-11-20", "old", "ad_network", 500),
        ("2026-11-20", "old", "search", 9000),
        ("2026-11-21", "old", "search", 5000),
        ("2026-11-22", "new", "search", 7000),
    ]
    assert deliver(told, tmp_path, *lines) == expected
    assert not told.differences_to_rebuild(by_flag=False)
    # A day that goes and comes back is still the day that it was.
    deliver(told, tmp_path, *lines[2:])
    assert deliver(told, tmp_path, *lines) == expected
    assert not told.differences_to_rebuild(by_flag=False)


def test_a_seed_that_gained_a_column_is_loaded_where_its_table_lacks_it(told: Replay) -> None:
    told.set_bound()
    told.build()
    with psycopg.connect(told.url, autocommit=True) as warehouse:
        warehouse.execute(
            "alter table rules.call_tracking_numbers drop column cost_campaigns cascade"
        )
        told.edit("call_tracking_numbers", told.project.rows("call_tracking_numbers"))
        told.build()
        found = warehouse.execute(
            "select data_type from information_schema.columns"
            " where table_name = 'call_tracking_numbers' and column_name = 'cost_campaigns'"
        ).fetchall()
        assert found == [("text",)]
        shown = "select count(*) >= 0 from marts.channel_performance_daily"
        assert warehouse.execute(shown).fetchall() == [(True,)]
