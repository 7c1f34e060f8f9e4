"""Roles of the embedded server on a demo that ran: every right of every object is declared."""

import subprocess
import sys

import psycopg
import pytest

from tests.command import REPOSITORY
from tests.e2e.conftest import Demo
from tests.rights import undeclared

PUBLISHED = ("marts", "loyalty")
ATTACKS = (
    "copy (select 1) to program 'touch /tmp/omni-test-a-shell-ran'",
    "copy (select 1) to '/tmp/omni-test-a-file'",
    "select pg_read_file('/etc/passwd')",
    "select lo_export(1, '/tmp/omni-test-a-file')",
    "do $$ begin execute 'drop schema marts cascade'; end $$",
    "create temporary table mine as select 1",
    "lock table ops.publication_lock in share mode",
    "set role omni",
    "alter role omni_sql superuser",
    "select * from dagster.runs",
)


def test_nothing_is_given_that_is_not_declared(demo: Demo) -> None:
    demo.omni.done("sql", "select 1")  # closes what other tests made since the last command
    schemas = demo.omni.rows(
        "demo",
        "select nspname from pg_namespace where nspname !~ '^pg_' and nspname <> all("
        "array['information_schema', 'public', 'dagster'])",
    )
    everything = tuple(name for (name,) in schemas)
    assert {"marts", "ops", "staging", "raw_bitrix"} <= set(everything)
    declared = {"analyst": PUBLISHED, "omni_sql": everything}
    # Readers of one home read the demo and what is configured; other tests set a demo aside.
    also = ("warehouse", "demo_undisturbed")
    assert undeclared(demo.omni.url("demo"), declared, also) == ([], [])


def test_the_printed_url_reads_what_is_published_and_no_more(demo: Demo) -> None:
    url = subprocess.run(
        [sys.executable, "-m", "omni_pipeline.postgres", "url", "demo"],
        cwd=REPOSITORY,
        env=demo.omni.environment({}),
        capture_output=True,
        text=True,
        check=True,
    ).stdout.strip()
    with psycopg.connect(url, autocommit=True) as connection:
        assert connection.execute("select current_user").fetchone() == ("analyst",)
        (orders,) = connection.execute(
            "select count(*) from marts.order_path where conversion_id = ("
            "select min(conversion_id) from marts.fct_conversion where kind = 'order')"
        ).fetchone() or (0,)
        assert orders, "an order explains itself"
        limits = connection.execute(
            "select name from pg_settings where (name, setting) in (values"
            " ('statement_timeout', '300000'), ('temp_file_limit', '2097152'),"
            " ('idle_in_transaction_session_timeout', '60000'),"
            " ('default_transaction_read_only', 'on'))"
        ).fetchall()
        assert len(limits) == 4
        connection.execute("set default_transaction_read_only = off")
        for attack in (*ATTACKS, "select 1 from ops.batch", "set temp_file_limit = -1"):
            with pytest.raises(psycopg.Error):
                connection.execute(attack)


@pytest.mark.parametrize("attack", [ATTACKS[0], ATTACKS[4], ATTACKS[7], ATTACKS[9]])
def test_omni_sql_reads_and_does_nothing_else(demo: Demo, attack: str) -> None:
    finished = demo.omni.run("sql", attack)
    assert (finished.returncode, finished.stdout) == (2, "")
    assert len(finished.stderr.splitlines()) == 1


def test_omni_sql_reads_what_an_engineer_asks(demo: Demo) -> None:
    for asked in ("ops.batch", "ops.quarantine", "ops.unread_identifier", "raw_bitrix.b_user"):
        demo.omni.done("sql", f"select count(*) from {asked}")
    # Not as a user who may run programs, on a server of one's own either.
    refused = demo.omni.run("sql", "select 1", OMNI_DATABASE_URL=demo.omni.url("demo"))
    assert refused.returncode == 2
    assert refused.stderr.startswith("omni: OMNI_DATABASE_URL: ")


def test_who_asks_writes_no_right(demo: Demo) -> None:
    """A run that replaces tables would collide with it, and fail."""
    omni = demo.omni
    omni.done("sql", "select 1")
    state = " union all ".join(
        f"select '{name}', ctid::text, xmin::text from {name}"
        for name in ("pg_authid", "pg_database", "pg_namespace", "pg_class", "pg_default_acl")
    )
    before = omni.rows("demo", f"{state} order by 1, 2")
    omni.done("sql", "select 1")
    omni.done("explain", "user:1")
    assert omni.rows("demo", f"{state} order by 1, 2") == before
