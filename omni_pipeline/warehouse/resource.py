"""The Dagster resource that connects to the warehouse; it never starts a server."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import dagster as dg
import psycopg

from omni_pipeline.errors import ConfigurationError
from omni_pipeline.ops import LOCK_SECONDS
from omni_pipeline.redaction import driver_words

VARIABLE = "OMNI_DATABASE_URL"
CONNECT_SECONDS = 10


class Warehouse(dg.ConfigurableResource):  # type: ignore[type-arg]
    """Connections to the warehouse named by OMNI_DATABASE_URL."""

    url: str

    @contextmanager
    def connect(self, purpose: str = "omni-pipeline") -> Iterator[psycopg.Connection[Any]]:
        """An autocommit connection; `purpose` (a run id) becomes its application_name."""
        try:
            connection = psycopg.connect(
                self.url,
                autocommit=True,
                connect_timeout=CONNECT_SECONDS,
                application_name=purpose,
            )
        except psycopg.Error as error:
            said = driver_words(error, self.url)
            raise ConfigurationError(VARIABLE, f"cannot connect: {said}") from None
        with connection:
            connection.execute("set client_connection_check_interval = '1s'")
            connection.execute(f"set lock_timeout = '{LOCK_SECONDS}s'")
            yield connection


def dbt_environment(url: str) -> dict[str, str]:
    """The variables that `dbt_project/profiles.yml` reads, from one URL."""
    parts = urlsplit(url)
    return {
        "OMNI_PG_HOST": parts.hostname or "127.0.0.1",
        "OMNI_PG_PORT": str(parts.port or 5432),
        "OMNI_PG_USER": unquote(parts.username or ""),
        "OMNI_PG_PASSWORD": unquote(parts.password or ""),
        "OMNI_PG_DATABASE": unquote(parts.path.lstrip("/")),
        "OMNI_PG_SSLMODE": dict(parse_qsl(parts.query)).get("sslmode", "prefer"),
    }
