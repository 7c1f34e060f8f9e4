"""One connection to the warehouse for all models that a thread of dbt makes.

dbt closes its connection after every node. The next backend signs in again, reads the catalog again
and takes a page fault for every page of shared memory that it touches: of a small hour's SQL that
is two fifths of the processor's time (bench/README.md).
"""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg2  # type: ignore[import-untyped]
from dbt.adapters.contracts.connection import Connection, ConnectionState
from dbt.adapters.postgres.connections import PostgresConnectionManager
from dbt.adapters.postgres.impl import PostgresAdapter

from omni_pipeline.redaction import in_words

MAIN_THREAD = "master"
# The class that `keep_connections` puts in its place has no other hook; a release outside of these
# may ask more of it. `tests/unit/test_internals.py` fails for one.
TESTED = {"dbt-adapters": ">=1.24,<1.25", "dbt-postgres": ">=1.11,<1.12"}


class KeptConnections(PostgresConnectionManager):
    """Connections that stay open between nodes, each node finding its session as if new."""

    def set_connection_name(self, name: str | None = None) -> Connection:
        """Clear what another node left in the session; open a new one where the old has died."""
        connection = self.get_if_exists()
        if connection and connection.state == ConnectionState.OPEN and connection.name != name:
            handle = connection.handle
            try:
                handle.autocommit = True  # DISCARD ALL is refused inside a transaction
                with handle.cursor() as cursor:
                    cursor.execute("discard all")
                handle.autocommit = False
            except psycopg2.Error:
                self.close(connection)
        return super().set_connection_name(name)

    @contextmanager
    def exception_handler(self, sql: str) -> Iterator[None]:
        """As dbt's own; what PostgreSQL says goes without the rows that it quotes."""
        with super().exception_handler(sql):
            try:
                yield
            except psycopg2.DatabaseError as error:
                raise type(error)(in_words(error)) from None

    def release(self) -> None:
        """End the node's transaction; close only a connection that cannot do so."""
        connection = self.get_if_exists()
        if (
            connection is None
            or connection.state != ConnectionState.OPEN
            or connection.name == MAIN_THREAD  # it waits for all nodes, and might be dead by then
        ):
            super().release()
            return
        try:
            connection.handle.rollback()
        except psycopg2.Error:
            super().release()
        else:
            connection.transaction_open = False


def keep_connections() -> None:
    """Make dbt of this process, started afterwards, keep its connections."""
    PostgresAdapter.ConnectionManager = KeptConnections
