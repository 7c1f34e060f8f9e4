"""The sandbox on a server: made whole, moved on by hours, with secrets that readers must skip."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import psycopg
import pytest
from psycopg import sql

from omni_pipeline import sandbox
from omni_pipeline.sandbox.engine import TABLES
from omni_pipeline.sources.catalog import tables_of

UNTIL = datetime(2026, 11, 20, 9, tzinfo=UTC)


def _create(server_url: str) -> None:
    sandbox.create(server_url, people=100, days=10, seed=3, until=UNTIL, report=lambda _: None)


@pytest.fixture(scope="module")
def server(server_url: str) -> Iterator[str]:
    """Server with a sandbox of 100 people and 10 days."""
    _create(server_url)
    yield server_url
    sandbox.drop(server_url)


def _contents(server_url: str) -> dict[str, list[Any]]:
    """Every table of the sandbox, row for row."""
    contents = {}
    for table, (system, key) in TABLES.items():
        with psycopg.connect(sandbox.database_url(server_url, system)) as connection:
            query = sql.SQL("select * from {} order by {}").format(
                sql.Identifier(table), sql.SQL(", ").join(map(sql.Identifier, key))
            )
            contents[table] = connection.execute(query).fetchall()
    return contents


def test_create_fills_every_table(server: str) -> None:
    assert sandbox.exists(server)
    assert sandbox.now(server) == UNTIL
    empty = {name for name, rows in _contents(server).items() if not rows}
    assert not empty


def test_the_site_has_the_columns_the_warehouse_reads(server: str) -> None:
    with psycopg.connect(sandbox.database_url(server, "site")) as connection:
        found: dict[str, set[str]] = {}
        for table, column in connection.execute(
            "select table_name, column_name from information_schema.columns"
            " where table_schema = 'public'"
        ):
            found.setdefault(table, set()).add(column)
    declared = {
        table.name: set(table.columns)
        for source in ("bitrix", "loyalty")
        for table in tables_of(source)
    }
    # The modules for statistics and legacy newsletters are not installed: readers must live with
    # absent tables.
    assert {name for name in declared if name not in found} == {"b_stat_session"}
    assert "b_subscription" not in found
    assert all(declared[name] <= found[name] for name in declared.keys() & found.keys())


def test_secrets_are_there_to_be_left_alone(server: str) -> None:
    with psycopg.connect(sandbox.database_url(server, "site")) as connection:
        row = connection.execute(
            "select bool_and(password like '%CANARY%'), bool_and(checkword like 'CANARY%'),"
            " bool_and(stored_hash like 'CANARY%'), count(*) from b_user"
        ).fetchone()
        otp = connection.execute(
            "select bool_and(otp_secret like 'CANARY%') from b_user_phone_auth"
        ).fetchone()
    assert row is not None
    assert otp is not None
    assert row[:3] == (True, True, True)
    assert row[3] > 10
    assert otp[0]


def test_two_short_steps_equal_one_long_step(server: str) -> None:
    sandbox.advance(server, 5)
    result = sandbox.advance(server, 5)
    assert result.now == datetime(2026, 11, 20, 19, tzinfo=UTC)
    assert result.rows
    in_steps = _contents(server)
    _create(server)
    sandbox.advance(server, 10)
    assert _contents(server) == in_steps


def test_advancing_equals_having_simulated_further(server: str) -> None:
    """Rows loaded by COPY and rows written one by one agree, defaults of the schema included."""
    from omni_pipeline.sandbox import world
    from omni_pipeline.sandbox.engine import Plan, collapse

    start = int(UNTIL.timestamp()) - 10 * 86_400
    until = int(sandbox.now(server).timestamp())
    state = collapse(world.simulate(Plan(3, 100, 10, start), until))
    contents = _contents(server)
    assert {name: len(rows) for name, rows in state.items()} == {
        name: len(rows) for name, rows in contents.items()
    }


def test_environment_names_the_sandbox(server: str) -> None:
    variables = sandbox.environment(server, "http://127.0.0.1:9")
    assert variables["BITRIX_DATABASE_URL"].endswith("/sandbox_site")
    assert variables["CEL_DATABASE_URL"].endswith("/sandbox_cel")
    assert variables["CRM_WEBHOOK_URL"].startswith("http://127.0.0.1:9/rest/1/")


def test_score_of_a_warehouse_that_knows_the_truth(server: str, empty_database_url: str) -> None:
    """A warehouse filled from the truth itself, but for one planted fault it did not find."""
    contents = _contents(server)
    identifiers = contents["person_identifier"]
    planted = sorted(row[:3] for row in contents["planted_fault"])
    with psycopg.connect(empty_database_url) as connection:
        connection.execute(
            "create schema marts; create schema intermediate; create schema loyalty;"
            "create table marts.customer_identifier"
            " (id_type text, id_value text, customer_uuid uuid);"
            "create table intermediate.int_identity__nodes"
            " (node_id bigint, id_type text, id_value text);"
            "create table intermediate.int_identity__edges (a_id bigint, b_id bigint);"
            "create table loyalty.discrepancy (code text, subject_type text, subject_id text)"
        )
        cursor = connection.cursor()
        cursor.executemany(
            "insert into marts.customer_identifier values (%s, %s, md5(%s)::uuid)",
            [(kind, value, str(person)) for person, kind, value in identifiers],
        )
        cursor.executemany("insert into loyalty.discrepancy values (%s, %s, %s)", planted[1:])
    result = sandbox.score(empty_database_url, server)
    assert (result.precision, result.recall) == (1, 1)
    assert result.pairs_truth > 50
    assert result.pairs_achievable == 0  # no edges were given
    assert result.faults_missed == (planted[0],)
    assert len(result.faults_found) == len(planted) - 1
    assert result.faults_false == ()


def test_an_unfinished_sandbox_does_not_exist(server: str) -> None:
    with psycopg.connect(sandbox.database_url(server, "truth")) as connection:
        kept = connection.execute("delete from state returning *").fetchone()
        connection.commit()
        assert not sandbox.exists(server)
        assert kept is not None
        connection.execute("insert into state values (%s, %s, %s, %s, %s)", kept)
    assert sandbox.exists(server)


def test_drop_leaves_nothing(server_url: str) -> None:
    sandbox.drop(server_url)
    assert not sandbox.exists(server_url)
