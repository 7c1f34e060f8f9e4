"""`omni doctor` and the check before a run: which sources are configured, reachable, and how."""

import platform
from collections.abc import Iterator
from importlib import import_module
from importlib.metadata import version

import psycopg

from omni_pipeline.endpoint import Endpoint
from omni_pipeline.errors import ConfigurationError
from omni_pipeline.local import Local
from omni_pipeline.redaction import in_words
from omni_pipeline.sources import source_names

PACKAGES = ("dagster", "dagster-dbt", "dbt-core", "dbt-postgres", "sqlalchemy", "pandas", "psycopg")


def endpoints() -> Iterator[Endpoint]:
    """Every endpoint of every source."""
    for name in source_names():
        yield from import_module(f"omni_pipeline.sources.{name}.access").endpoints()


def configured_endpoints() -> list[Endpoint]:
    """The endpoints whose settings are given."""
    return [endpoint for endpoint in endpoints() if endpoint.configured]


def check_configured() -> list[str]:
    """Ask every configured source, and say in words which are not configured.

    Raises SourceError for the first configured source that cannot be read.
    """
    said = []
    for endpoint in endpoints():
        if endpoint.configured:
            said.append(f"{endpoint.source}: {endpoint.check()}")
        else:
            said.append(f"{endpoint.source}: not configured (set {endpoint.wanted})")
    return said


def examine(machine: Local) -> Iterator[tuple[bool, str]]:
    """Lines of the report, each with whether it is in order."""
    versions = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    yield True, f"python {platform.python_version()}, {versions}"
    yield from _warehouse(machine)
    for endpoint in endpoints():
        if not endpoint.configured:
            yield True, f"{endpoint.source}: not configured; set {endpoint.wanted} to include it"
            continue
        try:
            yield True, f"{endpoint.source}: {endpoint.check()} ({endpoint.variable})"
        except ConfigurationError as error:
            yield False, f"{endpoint.source}: {error}"


def _warehouse(machine: Local) -> Iterator[tuple[bool, str]]:
    if not machine.external and not machine.server.running():
        yield True, f"warehouse: embedded server in {machine.home}, not running"
        return
    url = machine.warehouse_url(machine.last_used())
    try:
        with psycopg.connect(url, connect_timeout=10) as connection:
            row = connection.execute(
                "select current_setting('server_version_num')::int, current_database(), "
                "to_regclass('marts.bl_customer_profile') is not null"
            ).fetchone()
    except psycopg.Error as error:
        yield False, f"warehouse: OMNI_DATABASE_URL: {in_words(error)}"
        return
    assert row is not None
    number, name, published = row
    kind = "OMNI_DATABASE_URL" if machine.external else "embedded server"
    state = "marts are published" if published else "nothing is published yet"
    said = f"warehouse: {kind}, PostgreSQL {number // 10000}, database {name}, {state}"
    if number < 150000:
        yield False, f"{said}; PostgreSQL 15 or newer is needed"
    else:
        yield True, said
