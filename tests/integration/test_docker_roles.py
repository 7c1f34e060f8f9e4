"""docker/init.sql on a server of its own, twice: roles, limits, and no right that is not given."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from omni_pipeline.postgres import EmbeddedPostgres, install
from tests.conftest import REPOSITORY, on_database
from tests.rights import undeclared

PASSWORDS = {f"{name}_PASSWORD": f"{name}-secret" for name in ("OMNI", "METABASE", "ANALYST")}


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """URL of a server on which init.sql ran twice, with marts made in between by the pipeline."""
    home = Path(tempfile.mkdtemp(prefix="omni-docker-", dir="/tmp"))
    home.chmod(0o755)
    embedded = EmbeddedPostgres(home)
    embedded.start()
    try:
        url = embedded.url("postgres")
        # The administrator of a compose installation; here `omni` is the pipeline's role only.
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("create role postgres superuser login password 'admin'")
        admin = url.replace(url.split("//")[1].split("@")[0], "postgres:admin")
        for _ in range(2):
            subprocess.run(
                [install.binaries() / "psql", "-X", "-q", "-f", "docker/init.sql", admin],
                cwd=REPOSITORY,
                env={**os.environ, **PASSWORDS},
                check=True,
                capture_output=True,
            )
            with psycopg.connect(on_database(admin, "warehouse"), autocommit=True) as connection:
                connection.execute("set role omni")
                connection.execute("create schema if not exists raw_bitrix")
                connection.execute("drop table if exists marts.made, loyalty.made, raw_bitrix.made")
                for schema in ("marts", "loyalty", "raw_bitrix"):
                    connection.execute(f"create table {schema}.made as select 1 as one")
        yield admin
    finally:
        embedded.stop()
        shutil.rmtree(home, ignore_errors=True)


def test_the_analyst_reads_what_is_published_and_no_more(server: str) -> None:
    declared = {"analyst": ("marts", "loyalty")}
    assert undeclared(on_database(server, "warehouse"), declared) == ([], [])
    for other in ("dagster", "metabase", "postgres", "template1"):
        extra, _ = undeclared(on_database(server, other), {"analyst": ()})
        assert extra == ["analyst warehouse database CONNECT"], other


def test_the_analyst_is_limited(server: str) -> None:
    url = on_database(server, "warehouse").replace("postgres:admin", "analyst:ANALYST-secret")
    with psycopg.connect(url, autocommit=True) as connection:
        for name, value in (
            ("statement_timeout", "5min"),
            ("idle_in_transaction_session_timeout", "1min"),
            ("temp_file_limit", "2GB"),
            ("default_transaction_read_only", "on"),
        ):
            assert connection.execute(f"show {name}").fetchone() == (value,)
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("set temp_file_limit = -1")
        assert connection.execute(
            "select rolconnlimit from pg_roles where rolname = current_user"
        ).fetchone() == (20,)
