"""Advertising cost from the stub networks over HTTP and from files, through bronze, to staging.

The networks' own statistics in the sandbox are the truth: whatever they restate, the staging view
has to show it, and only within the days that were read again.
"""

import json
import os
import shutil
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest
import uvicorn

from omni_pipeline import sandbox
from omni_pipeline.api.session import HttpSession
from omni_pipeline.bronze.landing import LandingResult, read_cursor
from omni_pipeline.errors import RefusedReload, SourceError
from omni_pipeline.sandbox import api
from omni_pipeline.sources.ads.csv_folder import CsvFolder
from omni_pipeline.sources.ads.ingest import ingest_ads
from omni_pipeline.sources.ads.periods import Calendar
from omni_pipeline.sources.ads.reading import Reader
from omni_pipeline.sources.ads.tables import CAMPAIGN_COST, TABLES
from omni_pipeline.sources.ads.vk_ads import VkAds
from omni_pipeline.sources.ads.vk_application import Application
from omni_pipeline.sources.ads.yandex_direct import YandexDirect
from tests.local_http import FIXTURES, FakeClock
from tests.replay.runner import Replay
from tests.replay.scopes import Scope
from tests.rows import written

UNTIL = datetime(2026, 11, 20, 9, tzinfo=UTC)
STAGING = Scope(("path:models/staging/ads",), ())
Figures = set[tuple[Any, ...]]


@dataclass
class Shop:
    """A sandbox with its stub networks, and a warehouse with the staging views."""

    server_url: str
    url: str
    clock: FakeClock
    plan: api.FaultPlan
    replay: Replay

    def direct(self, **changed: str) -> YandexDirect:
        settings = {**api.credentials(self.url), **changed}
        return YandexDirect(
            settings["YANDEX_DIRECT_TOKEN"],
            settings["YANDEX_DIRECT_API_URL"],
            calendar=Calendar(clock=self.clock),
            session=HttpSession("YANDEX_DIRECT_API_URL", clock=self.clock, timeout=(2, 10)),
        )

    def vk(self) -> VkAds:
        settings = api.credentials(self.url)
        return VkAds(
            Application(settings["VK_ADS_CLIENT_ID"], settings["VK_ADS_CLIENT_SECRET"]),
            settings["VK_ADS_API_URL"],
            calendar=Calendar(clock=self.clock),
            session=HttpSession("VK_ADS_API_URL", clock=self.clock, timeout=(2, 10)),
        )

    def portal(self, statement: str) -> list[tuple[Any, ...]]:
        url = sandbox.database_url(self.server_url, "portal")
        with psycopg.connect(url, autocommit=True) as connection:
            cursor = connection.execute(statement)
            return cursor.fetchall() if cursor.description else []

    def ingest(self, *readers: Reader, complete: bool = False) -> LandingResult:
        """One run of the doors; the networks unless others are named."""
        doors: Sequence[Reader] = readers or (self.direct(), self.vk())
        with psycopg.connect(self.replay.url, autocommit=True) as connection:
            try:
                (ingested,) = ingest_ads(connection, doors, TABLES, complete=complete)
            finally:
                self.replay.set_bound()
        assert ingested.result is not None
        return ingested.result

    def query(self, statement: str) -> list[tuple[Any, ...]]:
        with psycopg.connect(self.replay.url) as connection:
            return connection.execute(statement).fetchall()

    def truth(self) -> Figures:
        """Provider, campaign, network, day, shows, clicks and kopecks as the networks have them."""
        yandex = self.portal("select payload from entity where kind = 'yandex_cost'")
        vk = self.portal("select payload from entity where kind = 'vk_cost'")
        found = {
            (
                "yandex_direct",
                str(row["CampaignId"]),
                row["AdNetworkType"].lower(),
                row["Date"],
                row["Impressions"],
                row["Clicks"],
                row["Cost"] // 10_000,
            )
            for (row,) in yandex
        }
        return found | {
            (
                "vk_ads",
                str(row["id"]),
                "",
                row["date"],
                row["shows"],
                row["clicks"],
                round(float(row["spent"]) * 100),
            )
            for (row,) in vk
        }

    def staged(self) -> Figures:
        return set(
            self.query(
                "select provider, campaign_id, network, day::text, impressions, clicks, net_kopecks"
                " from staging.stg_ads__campaign_costs"
                " where provider in ('yandex_direct', 'vk_ads')"
            )
        )


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    made = Path(tempfile.mkdtemp(prefix="omni-ads-"))
    yield made
    shutil.rmtree(made)


@pytest.fixture(scope="module")
def shop(server_url: str, template_database: str, folder: Path) -> Iterator[Shop]:
    sandbox.create(server_url, people=200, days=60, seed=3, until=UNTIL, report=lambda _: None)
    clock, plan = FakeClock(UNTIL.timestamp()), api.FaultPlan()
    application = api.app(sandbox.database_url(server_url, "portal"), plan=plan, clock=clock)
    server = uvicorn.Server(uvicorn.Config(application, host="127.0.0.1", port=0, log_config=None))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    deadline = time.monotonic() + 20
    while not server.started and time.monotonic() < deadline:
        time.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    replay = Replay(server_url, template_database, folder, STAGING)
    replay.build()
    yield Shop(server_url, f"http://127.0.0.1:{port}", clock, plan, replay)
    replay.close()
    server.should_exit = True
    thread.join()
    sandbox.drop(server_url)


def test_no_source_no_cost(shop: Shop) -> None:
    assert shop.query("select count(*) from staging.stg_ads__campaign_costs") == [(0,)]


def test_the_first_read_brings_all_days(shop: Shop) -> None:
    # A year of Yandex Direct goes through the queue of offline reports.
    first = shop.ingest()
    assert shop.clock.slept, "the report was queued"
    assert first.rows_quarantined == 0
    assert shop.staged() == shop.truth()
    assert len(shop.staged()) > 50
    again = shop.ingest()
    assert (written(again), again.rows_unchanged > 0) == (0, True)


def test_restated_days_are_read_again(shop: Shop) -> None:
    before = shop.truth()
    sandbox.advance(shop.server_url, 240)
    shop.clock.unix += 240 * 3600
    assert before - shop.truth(), "the networks restated nothing: the test shows nothing"
    result = shop.ingest()
    assert result.rows_changed > 0
    assert shop.staged() == shop.truth()


def test_days_outside_the_window_stay_until_the_complete_read(shop: Shop) -> None:
    known = shop.staged()
    (number, day), *_ = shop.portal(
        "select id, payload ->> 'Date' from entity where kind = 'yandex_cost' order by 2, 1"
    )
    shop.portal(f"delete from entity where kind = 'yandex_cost' and id = {number}")
    ((recent,),) = shop.portal("select max(id) from entity where kind = 'yandex_cost'")
    shop.portal(f"delete from entity where kind = 'yandex_cost' and id = {recent}")
    shop.clock.unix += 3600
    assert shop.ingest().rows_deleted == 1
    (lost,) = known - shop.staged()
    assert lost[3] > day, "only a day that was read again can lose a row"
    assert shop.staged() < known
    shop.clock.unix += 4 * 3600  # a queued report is fresh in its next slot
    assert shop.ingest(complete=True).rows_deleted == 1
    assert shop.staged() == shop.truth()


def test_a_network_that_forgets_everything_is_not_believed(shop: Shop) -> None:
    known = shop.staged()
    shop.portal("create table kept as select * from entity where kind = 'yandex_cost'")
    shop.portal("delete from entity where kind = 'yandex_cost'")
    shop.clock.unix += 3600
    with pytest.raises(RefusedReload, match="nothing was changed"):
        shop.ingest()
    assert shop.staged() == known
    shop.portal("insert into entity select * from kept")
    shop.portal("drop table kept")


def test_one_door_that_fails_does_not_keep_the_others(shop: Shop) -> None:
    changed = "payload || '{\"clicks\": 77}'"
    shop.portal(
        f"update entity set payload = {changed} where kind = 'vk_cost' and id ="
        " (select max(id) from entity where kind = 'vk_cost')"
    )
    with pytest.raises(SourceError, match=r"^YANDEX_DIRECT_TOKEN: ") as caught:
        shop.ingest(shop.direct(YANDEX_DIRECT_TOKEN="wrong-canary"), shop.vk())
    assert "wrong-canary" not in str(caught.value)
    assert shop.query("select count(*) from staging.stg_ads__campaign_costs where clicks = 77") == [
        (1,)
    ]


def test_files_come_change_and_shrink(shop: Shop, folder: Path) -> None:
    files = folder / "costs"
    files.mkdir()
    (files / "google.csv").write_bytes((FIXTURES / "ads/google_ads.csv").read_bytes())
    path = files / "other.csv"
    path.write_text(
        "day;campaign;cost;vat_included\n03.05.2026;radio;122,00;yes\n04.05.2026;radio;1\n"
    )
    reader = CsvFolder(files)
    first = shop.ingest(reader)
    assert (first.rows_new, first.rows_quarantined) == (4, 1)
    assert shop.query(
        "select reason from ops.quarantine where source = 'ads' and table_name = 'campaign_cost'"
    ) == [("3 cells where the header has 4",)]
    assert shop.ingest(reader).rows_in == 0, "no file changed"
    staged = (
        "select campaign_id, currency, net_kopecks, vat_kopecks"
        " from staging.stg_ads__campaign_costs"
        " where provider in ('csv', 'google_ads') order by campaign_id, network"
    )
    assert shop.query(staged) == [
        ("20001", "USD", 123456, 0),
        ("20001", "USD", 10, 0),
        ("20002", "USD", 0, 0),
        ("radio", "RUB", 10000, 2200),
    ]
    path.write_text("day;campaign;cost\n05.05.2026;radio;100\n")
    os.utime(path, (time.time() + 5, time.time() + 5))
    second = shop.ingest(reader)
    assert (second.rows_new, second.rows_deleted) == (1, 1)
    path.unlink()
    assert shop.ingest(reader).rows_deleted == 0, "a file taken away leaves its rows"
    assert shop.staged() >= shop.truth() - {row for row in shop.truth() if row[5] == 77}


def test_where_each_door_stands_is_one_object(shop: Shop) -> None:
    with psycopg.connect(shop.replay.url) as connection:
        states = json.loads(read_cursor(connection, CAMPAIGN_COST) or "")
    assert set(states) == {"yandex_direct", "vk_ads/main", "csv"}
