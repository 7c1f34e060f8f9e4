"""A new source is its two folders: with nothing else changed, `omni run` publishes all it stages.

The pipeline is copied and the files of `tests/fixtures/sixth_source` are laid over it; no list is
edited. `tests/unit/test_sixth_source.py` leaves out each of these files.
"""

import shutil
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from omni_pipeline.warehouse.resource import dbt_environment
from tests.command import Omni
from tests.conftest import REPOSITORY

SIXTH = REPOSITORY / "tests" / "fixtures" / "sixth_source"
NEVER = shutil.ignore_patterns("target", "logs", ".user.yml", "*unit_tests.yml")
CHAT = """
    create table chat (
        id bigint primary key, phone text, email text, started_at timestamp, changed_at timestamp
    )
"""
FIRST = """
    insert into chat select id, phone, email, at::timestamp, at::timestamp from (values
        (1, '8 916 204-15-67', 'anna@mail.example', '2026-03-01 10:00'),
        (2, '+79162041568', null, '2026-03-01 11:00'),
        (3, null, 'boris@mail.example', '2026-03-01 12:00'),
        (4, 'later', '', '2026-03-01 13:00')
    ) as told (id, phone, email, at)
"""
# One comes back under another address, one tells a phone at last, and somebody new writes.
SECOND = """
    insert into chat values
        (5, '+79162041567', 'anna@work.example', '2026-03-02 10:00', '2026-03-02 10:00'),
        (6, null, 'vera@mail.example', '2026-03-02 11:00', '2026-03-02 11:00');
    update chat set phone = '+79162041569', changed_at = '2026-03-02 12:00' where id = 3;
"""
STAGED = "select touch_id, at, id_type, id_value from staging.stg_web_chat__touches order by 1"
PUBLISHED = """
    select touch_id, at, id_type, id_value from marts.fct_touch
    where source_system = 'web_chat' order by 1
"""
# Everybody the source names, without a customer.
UNKNOWN = """
    select id_type, id_value from (
        select a_type as id_type, a_value as id_value from staging.stg_web_chat__identifiers
        union select b_type, b_value from staging.stg_web_chat__identifiers
    ) as named
    where id_value is not null
    except select id_type, id_value from marts.customer_identifier where customer_uuid is not null
"""
OF_ANNA = """
    select count(distinct customer_uuid), count(*) from marts.fct_touch
    where touch_id in ('web_chat.chat:1', 'web_chat.chat:5')
"""


@pytest.fixture
def omni(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Omni]:
    """`omni` of a copy of the pipeline that has one more source."""
    for folder in ("omni_pipeline", "dbt_project"):
        shutil.copytree(REPOSITORY / folder, tmp_path / folder, ignore=NEVER)
    (tmp_path / "docker").mkdir()
    shutil.copy(REPOSITORY / "docker" / "dagster.yaml", tmp_path / "docker")
    shutil.copytree(SIXTH, tmp_path, ignore=NEVER, dirs_exist_ok=True)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    command = Omni()
    yield command
    command.remove()


def test_everything_it_stages_is_published(
    omni: Omni, warehouse_url: str, empty_database_url: str
) -> None:
    settings = {"OMNI_DATABASE_URL": warehouse_url, "WEB_CHAT_DATABASE_URL": empty_database_url}
    settings["WEB_CHAT_TIMEZONE"] = "UTC"
    # As runs have it: for another connection dbt would parse everything once more.
    settings |= dbt_environment(warehouse_url)
    with (
        psycopg.connect(empty_database_url, autocommit=True) as chat,
        psycopg.connect(warehouse_url, autocommit=True) as warehouse,
    ):
        chat.execute(CHAT)
        for story, touches in ((FIRST, 4), (SECOND, 6)):
            chat.execute(story)
            omni.done("run", **settings)
            staged = warehouse.execute(STAGED).fetchall()
            assert len(staged) == touches
            assert warehouse.execute(PUBLISHED).fetchall() == staged
            assert warehouse.execute(UNKNOWN).fetchall() == []
        assert warehouse.execute(OF_ANNA).fetchone() == (1, 2)
        assert warehouse.execute(
            "select distinct source_priority from marts.fct_touch where source_system = 'web_chat'"
        ).fetchall() == [(35,)]
        assert warehouse.execute(
            "select source_key, field, reason from ops.unread_identifier"
        ).fetchall() == [("4", "phone", "no digits")]
        # The zone that its access.py names, not the default.
        hour = warehouse.execute(
            "select at at time zone 'UTC' from marts.fct_touch where touch_id = 'web_chat.chat:1'"
        ).fetchone()
        assert str(hour) == "(datetime.datetime(2026, 3, 1, 10, 0),)"
