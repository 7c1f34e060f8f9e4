"""Expenses of a boxed Bitrix24, from a real database of either kind through bronze to the models.

The tables are made as a box has them: columns in capitals where the database keeps the case.
"""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest

from omni_pipeline.bronze.landing import LandingResult
from omni_pipeline.errors import SourceError
from omni_pipeline.sources.ads.crm_expenses import CrmExpenses
from omni_pipeline.sources.ads.ingest import ingest_ads
from omni_pipeline.sources.ads.periods import Calendar
from omni_pipeline.sources.ads.tables import TABLES
from tests.integration.journey.conftest import told
from tests.local_http import FakeClock
from tests.mariadb import MariaDB
from tests.replay.runner import Replay
from tests.rows import written

__all__ = ["told"]

TODAY = datetime(2026, 5, 20, 9, tzinfo=UTC)
# Source 1 was typed by hand in packs; 2 was copied from its network, keyword by keyword.
SCHEMA = (
    "create table b_crm_tracking_source (ID int primary key, CODE varchar(20), NAME varchar(255),"
    " UTM_SOURCE varchar(50))",
    "create table b_crm_tracking_source_field (ID int primary key, SOURCE_ID int,"
    " CODE varchar(50), VALUE varchar(2000))",
    "create table b_crm_tracking_source_child (ID int primary key, PARENT_ID int, SOURCE_ID int,"
    " LEVEL int, CODE varchar(50), TITLE varchar(250))",
    "create table b_crm_tracking_source_expenses (ID int primary key, PACK_ID int, SOURCE_ID int,"
    " TYPE_ID int default 0, DATE_STAT date, ACTIONS int, EXPENSES decimal(18, 4),"
    " CURRENCY_ID varchar(50), SOURCE_CHILD_ID bigint default 0, IMPRESSIONS bigint default 0)",
    "insert into b_crm_tracking_source values (1, null, 'Листовки', null),"
    " (2, 'yandex', 'Яндекс', 'ya-old')",
    "insert into b_crm_tracking_source_field values (2, 1, 'UTM_SOURCE', 'later'),"
    " (1, 1, 'UTM_SOURCE', 'flyer'), (3, 1, 'PHONE', '+79161234567')",
    "insert into b_crm_tracking_source_child values (10, 0, 2, 0, '9001', 'sofas'),"
    " (11, 10, 2, 1, '77', 'group'), (12, 11, 2, 2, '5', 'buy'), (13, 11, 2, 2, '6', 'cheap')",
    "insert into b_crm_tracking_source_expenses (ID, PACK_ID, SOURCE_ID, DATE_STAT, ACTIONS,"
    " EXPENSES, CURRENCY_ID, SOURCE_CHILD_ID, IMPRESSIONS) values"
    " (1, 1, 1, '2026-05-03', 4, 333.34, 'RUB', 0, 0),"
    " (2, 1, 1, '2026-05-04', 3, 333.33, 'RUB', 0, 0),"
    " (3, 2, 1, '2026-05-04', 1, 0.07, 'RUB', 0, 0),"
    " (4, 1, 1, '2025-12-01', 0, 122, 'RUB', 0, 0),"
    " (5, 3, 2, '2026-05-04', 2, 10, 'RUB', 12, 100),"
    " (6, 3, 2, '2026-05-04', 1, 5, 'RUB', 13, 50),"
    " (7, 3, 2, '2026-05-05', 0, 0, 'USD', 0, 0),"
    " (8, 4, 1, '2026-08-01', 0, 999, 'RUB', 0, 0)",
)
LEAFLETS = ("crm", "1", "Листовки", "flyer")
ALL = [
    (*LEAFLETS, date(2025, 12, 1), 0, 0, Decimal(122)),
    (*LEAFLETS, date(2026, 5, 3), 4, 0, Decimal("333.34")),
    (*LEAFLETS, date(2026, 5, 4), 4, 0, Decimal("333.40")),
    ("yandex", "2:10", "sofas", "ya-old", date(2026, 5, 4), 3, 150, Decimal(15)),
]
Execute = Callable[..., None]
Box = tuple[str, Execute]


def _postgres(url: str) -> Iterator[Box]:
    with psycopg.connect(url, autocommit=True) as connection:

        def execute(*statements: str) -> None:
            for statement in statements:
                connection.execute(statement)

        execute(*SCHEMA)
        yield url, execute


@pytest.fixture(params=["postgresql", "mariadb"])
def box(request: pytest.FixtureRequest) -> Iterator[Box]:
    """URL of the CRM's database and a way to change it."""
    if request.param == "postgresql":
        yield from _postgres(request.getfixturevalue("empty_database_url"))
        return
    server: MariaDB = request.getfixturevalue("mariadb")
    with server.admin() as admin, admin.cursor() as cursor:
        cursor.execute("create database box")
    with server.admin("box") as connection, connection.cursor() as cursor:

        def execute(*statements: str) -> None:
            for statement in statements:
                cursor.execute(statement)

        execute(*SCHEMA)
        yield server.url("box"), execute
        execute("drop database box")


def reader(url: str, *elsewhere: str, now: datetime = TODAY) -> CrmExpenses:
    clock = FakeClock(now.timestamp())
    return CrmExpenses(url, calendar=Calendar(clock=clock), elsewhere=elsewhere)


def ingest(warehouse: Any, door: CrmExpenses, complete: bool = False) -> LandingResult:
    (ingested,) = ingest_ads(warehouse, [door], TABLES, complete=complete)
    assert ingested.result is not None
    return ingested.result


def standing(warehouse: Any) -> list[tuple[Any, ...]]:
    found: list[tuple[Any, ...]] = warehouse.execute(
        "select account, campaign_id, campaign_name, utm_source, day, clicks, impressions, cost"
        " from raw_ads.campaign_cost where _next_seq is null and not _deleted"
        " and provider = 'bitrix24' and currency = 'RUB' and vat_included order by 1, 2, 5"
    ).fetchall()
    return found


def test_expenses_land_and_are_added_up(box: Box, warehouse: Any) -> None:
    assert reader(box[0]).check() == "8 rows of expenses, 2 sources in the CRM"
    first = ingest(warehouse, reader(box[0]))
    assert (first.rows_new, first.rows_quarantined) == (4, 0)
    assert standing(warehouse) == ALL
    assert written(ingest(warehouse, reader(box[0]))) == 0


def test_days_are_restated_and_deleted_within_the_days_read(box: Box, warehouse: Any) -> None:
    url, execute = box
    ingest(warehouse, reader(url))
    execute(
        "update b_crm_tracking_source_expenses set EXPENSES = 400 where ID = 1",
        "delete from b_crm_tracking_source_expenses where ID in (4, 5, 6)",
    )
    result = ingest(warehouse, reader(url))
    assert (result.rows_changed, result.rows_deleted) == (1, 1)
    assert [row[-1] for row in standing(warehouse)] == [122, 400, Decimal("333.40")]
    assert ingest(warehouse, reader(url), complete=True).rows_deleted == 1, "an old day, at night"
    later = reader(url, now=datetime(2026, 8, 2, tzinfo=UTC))
    assert ingest(warehouse, later).rows_new == 1, "a day entered ahead comes when it has come"


def test_columns_and_tables_that_older_boxes_lack(box: Box, warehouse: Any) -> None:
    url, execute = box
    execute(
        *(
            f"alter table b_crm_tracking_source_expenses drop column {column}"
            for column in ("SOURCE_CHILD_ID", "IMPRESSIONS", "CURRENCY_ID", "ACTIONS", "TYPE_ID")
        ),
        "alter table b_crm_tracking_source drop column UTM_SOURCE",
        "drop table b_crm_tracking_source_field",
        "drop table b_crm_tracking_source_child",
    )
    ingest(warehouse, reader(url))
    plain = ("crm", "1", "Листовки", None)
    assert standing(warehouse) == [
        (*plain, date(2025, 12, 1), None, None, Decimal(122)),
        (*plain, date(2026, 5, 3), None, None, Decimal("333.34")),
        (*plain, date(2026, 5, 4), None, None, Decimal("333.40")),
        ("yandex", "2", "Яндекс", None, date(2026, 5, 4), None, None, Decimal(15)),
    ]


def test_a_database_of_something_else_is_named(box: Box, warehouse: Any) -> None:
    url, execute = box
    execute("alter table b_crm_tracking_source_expenses drop column EXPENSES")
    with pytest.raises(SourceError, match=r"b_crm_tracking_source_expenses has no column expenses"):
        ingest(warehouse, reader(url))
    execute("drop table b_crm_tracking_source_expenses")
    with pytest.raises(SourceError) as caught:
        ingest(warehouse, reader(url))
    assert str(caught.value).startswith(
        "ADS_CRM_DATABASE_URL: has no table b_crm_tracking_source_expenses"
    )
    assert "leave the setting empty" in str(caught.value)


def test_a_missing_right_is_told_without_the_secret(
    empty_database_url: str, warehouse: Any
) -> None:
    for url, execute in _postgres(empty_database_url):
        execute("create role no_rights_here login password 'canary-word'")
        parts = urlsplit(url)
        stranger = f"no_rights_here:canary-word@{parts.hostname}:{parts.port}"
        with pytest.raises(SourceError, match=r"^ADS_CRM_DATABASE_URL: cannot be read: ") as caught:
            ingest(warehouse, reader(urlunsplit(parts._replace(netloc=stranger))))
        execute("drop role no_rights_here")
    assert "the right to SELECT b_crm_tracking_source is missing" in str(caught.value)
    assert "canary" not in str(caught.value)


def test_a_network_that_is_read_itself_is_not_counted_twice(
    box: Box, warehouse: Any, caplog: pytest.LogCaptureFixture
) -> None:
    url, execute = box
    execute(
        *(
            "insert into b_crm_tracking_source_expenses (ID, SOURCE_ID, DATE_STAT, EXPENSES,"
            f" CURRENCY_ID) values ({100 + day}, 2, '2026-03-{day:02}', 10, 'RUB')"
            for day in range(1, 31)
        )
    )
    assert ingest(warehouse, reader(url)).rows_new == 34
    # The network's own door opens: all its days go at once, though they are most of the rows.
    door = reader(url, "YANDEX", "vkads")
    assert door.check().endswith("; read elsewhere: yandex")
    assert ingest(warehouse, door).rows_deleted == 31
    assert standing(warehouse) == ALL[:3]
    assert "source 2 (yandex) of the CRM is read elsewhere: 33 rows of expenses" in caplog.text
    assert written(ingest(warehouse, door)) == 0
    assert ingest(warehouse, reader(url)).rows_new == 31, "and come back when it closes"


def test_leaflets_are_spent(told: Replay, empty_database_url: str) -> None:
    told.edit(
        "campaign_names",
        [
            {
                "provider": "bitrix24", "account": "", "campaign_id": "1", "source": "",
                "medium": "offline", "campaign": "leaflets", "brand": "", "region": "",
            }
        ],
    )  # fmt: skip
    for url, _ in _postgres(empty_database_url):
        with psycopg.connect(told.url, autocommit=True) as warehouse:
            ingest(warehouse, reader(url))
            told.set_bound()
            told.build()
            staged = warehouse.execute(
                "select day::text, net_kopecks, vat_kopecks, utm_source"
                " from staging.stg_ads__campaign_costs where campaign_id = '1' order by 1"
            ).fetchall()
            spent = warehouse.execute(
                "select channel, source, campaign, sum(net_kopecks + vat_kopecks)::bigint"
                " from intermediate.int_ads__spend where provider = 'bitrix24'"
                " group by 1, 2, 3 order by 1, 2"
            ).fetchall()
    assert staged == [
        ("2025-12-01", 10167, 2033, "flyer"),
        ("2026-05-03", 27323, 6011, "flyer"),
        ("2026-05-04", 27328, 6012, "flyer"),
    ]
    assert ("Offline", "flyer", "leaflets", 78874) in spent
    assert [row[1:] for row in spent if row[1] != "flyer"] == [("ya-old", "sofas", 1500)]
