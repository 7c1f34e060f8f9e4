"""The Dagster resource that connects to the warehouse, and what makes resources safe to launch.

Whoever launches a run writes its configuration. A resource that took its address, program or
folder from there would run their commands with the pipeline's secrets in its environment, so
resources, executor and loggers are fixed by code and environment; what an op declares itself, such
as `complete`, remains (`tests/unit/test_run_config.py` walks every job). Nothing here starts a
server.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import dagster as dg
import psycopg

from omni_pipeline.ops import LOCK_SECONDS
from omni_pipeline.redaction import (
    POSTGRES_SCHEMES,
    check_url,
    in_words,
    is_connection_lost,
    is_disk_full,
)
from omni_pipeline.settings import WAREHOUSE

CONNECT_SECONDS = 10


class Warehouse(dg.ConfigurableResource):  # type: ignore[type-arg]
    """Connections to the warehouse named by OMNI_DATABASE_URL."""

    url: str

    @contextmanager
    def connect(self, purpose: str = "omni-pipeline") -> Iterator[psycopg.Connection[Any]]:
        """An autocommit connection; `purpose` (a run id) becomes its application_name.

        Whatever goes wrong fails the step in words that hold no row, be it the server's or a
        fault of ours; frames stay for whoever looks for the cause. Only a connection that was
        lost or refused is worth another try.
        """
        check_url(WAREHOUSE, self.url, POSTGRES_SCHEMES)
        try:
            connection = psycopg.connect(
                self.url,
                autocommit=True,
                connect_timeout=CONNECT_SECONDS,
                application_name=purpose,
            )
        except psycopg.Error as error:
            said = f"{WAREHOUSE}: cannot connect: {in_words(error)}"
            raise dg.Failure(said, metadata={"variable": WAREHOUSE}) from None
        try:
            with connection:
                connection.execute("set client_connection_check_interval = '1s'")
                connection.execute(f"set lock_timeout = '{LOCK_SECONDS}s'")
                yield connection
        except psycopg.Error as error:
            failure = dg.Failure(trouble(error), allow_retries=is_connection_lost(error))
            raise failure.with_traceback(error.__traceback__) from None
        except (ValueError, LookupError, TypeError, ArithmeticError, RecursionError) as error:
            # Their texts quote what could not be understood, which may be a cell of a source.
            failure = dg.Failure(in_words(error), allow_retries=False)
            raise failure.with_traceback(error.__traceback__) from None


def trouble(error: Exception) -> str:
    """What the warehouse's server said, and what to do about it."""
    said = in_words(error)
    if is_disk_full(error):
        return f"the warehouse's disk is full ({said}): make room, then run again"
    if is_connection_lost(error):
        return f"the warehouse ended the connection ({said}): run again"
    return f"the warehouse ({WAREHOUSE}) refused: {said}"


def fixed(make: Callable[[], Any]) -> dg.ResourceDefinition:
    """A resource that run configuration cannot change; `make` reads the settings of the moment."""
    return dg.ResourceDefinition(lambda _: make(), config_schema={})


# One process, and no options of it: the other ones start programs and load modules by name.
EXECUTOR = dg.in_process_executor.configured(lambda _: {}, config_schema={})
LOGGERS = {"console": dg.colored_console_logger.configured(lambda _: {}, config_schema={})}
# Assets write their tables themselves; the default would pickle into a folder that a run may name.
IO_MANAGER = dg.IOManagerDefinition(
    lambda _: dg.InMemoryIOManager(),  # type: ignore[no-untyped-call]
    config_schema={},
)


def dbt_environment(url: str) -> dict[str, str]:
    """The variables that `dbt_project/profiles.yml` reads, from one URL."""
    parts = urlsplit(url)
    options = dict(parse_qsl(parts.query))
    return {
        "OMNI_PG_HOST": parts.hostname or "127.0.0.1",
        "OMNI_PG_PORT": str(parts.port or 5432),
        "OMNI_PG_USER": unquote(parts.username or ""),
        "OMNI_PG_PASSWORD": unquote(parts.password or ""),
        "OMNI_PG_DATABASE": unquote(parts.path.lstrip("/")),
        "OMNI_PG_SSLMODE": options.get("sslmode", "prefer"),
        **{
            f"OMNI_PG_{name.upper()}": options.get(name, "")
            for name in ("sslrootcert", "sslcert", "sslkey")
        },
    }
