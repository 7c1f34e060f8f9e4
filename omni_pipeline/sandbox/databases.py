"""The sandbox as databases on a server: made whole, then moved on hour by hour.

Belongs here: creating and dropping sandbox_* databases, loading, applying changes. Does not belong
here: what is in them (`world.py`). The state kept is only what the world is a function of and how
far it has come; `advance` lives the world again and applies what is new.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import psycopg
from psycopg import sql
from psycopg.types.json import Jsonb

from omni_pipeline.sandbox import world
from omni_pipeline.sandbox.engine import TABLES, Change, Key, Plan, Row, collapse

Connection = psycopg.Connection[Any]
SYSTEMS = ("site", "cel", "portal", "truth")  # truth last: its state row says that all is done
_SCHEMA = Path(__file__).parent / "schema"
# The tables that a site's own handlers fill are the published contracts themselves.
_CONTRACTS = Path(__file__).parents[1] / "contracts" / "postgresql.sql"
_DDL = {
    "site": (
        _SCHEMA / "site_main.sql",
        _SCHEMA / "site_sale.sql",
        _SCHEMA / "site_catalog.sql",
        _CONTRACTS,
    ),
    "cel": (_SCHEMA / "cel.sql",),
    "portal": (_SCHEMA / "portal.sql",),
    "truth": (_SCHEMA / "truth.sql",),
}


@dataclass(frozen=True)
class Advanced:
    """Where the sandbox has come to, and how many rows of each table were touched on the way."""

    now: datetime
    rows: Mapping[str, int]


def database_url(server_url: str, system: str) -> str:
    """URL of one sandbox database on the server that `server_url` points at."""
    return urlunsplit(urlsplit(server_url)._replace(path=f"/sandbox_{system}"))


def exists(server_url: str) -> bool:
    """Whether a complete sandbox is on the server."""
    with psycopg.connect(server_url, autocommit=True) as connection:
        found = connection.execute(
            "select from pg_database where datname = 'sandbox_truth'"
        ).fetchone()
    if found is None:
        return False
    with psycopg.connect(database_url(server_url, "truth")) as connection:
        made = connection.execute("select to_regclass('state') is not null").fetchone()
        if made is None or not made[0]:
            return False
        return connection.execute("select from state").fetchone() is not None


def now(server_url: str) -> datetime:
    """The moment the sandbox has come to, UTC."""
    with psycopg.connect(database_url(server_url, "truth")) as connection:
        return _state(connection)[1]


def drop(server_url: str) -> None:
    """Remove the sandbox databases, ending the sessions in them."""
    with psycopg.connect(server_url, autocommit=True) as connection:
        for system in reversed(SYSTEMS):
            connection.execute(
                sql.SQL("drop database if exists {} with (force)").format(_name(system))
            )


def create(
    server_url: str,
    *,
    people: int = 3_000,
    days: int = 120,
    seed: int = 1,
    until: datetime | None = None,
    report: Callable[[str], None] = print,
) -> None:
    """Make the sandbox anew with a history of `days` that ends at `until` (default: this hour).

    `until` must know its time zone. An existing sandbox is dropped first.
    """
    until = until or datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    plan = world.plan_until(until, people=people, days=days, seed=seed)
    with psycopg.connect(server_url, autocommit=True) as server:
        # The backend of a `create` that was killed may still be making a database.
        server.execute("select pg_advisory_lock(hashtext('sandbox.create'))")
        drop(server_url)
        state = collapse(world.simulate(plan, plan.history_ends))
        for system in SYSTEMS:
            server.execute(
                sql.SQL("create database {} template template0 encoding 'UTF8'").format(
                    _name(system)
                )
            )
            tables = {table: state[table] for table in TABLES if TABLES[table][0] == system}
            with psycopg.connect(database_url(server_url, system)) as connection:
                _define(connection, system)
                for table, rows in tables.items():
                    _copy(connection, table, rows)
                if system == "truth":
                    connection.execute(
                        "insert into state (seed, people, days, started_at, now_at)"
                        " values (%s, %s, %s, to_timestamp(%s), %s)",
                        [seed, people, days, plan.started_at, until],
                    )
            loaded = sum(len(rows) for rows in tables.values())
            report(f"sandbox_{system}: {loaded:,} rows in {len(tables)} tables")


def advance(server_url: str, hours: int) -> Advanced:
    """Let `hours` pass: apply to the databases whatever happens in them.

    Changes are absolute values, so an interrupted call can simply be repeated.
    """
    with psycopg.connect(database_url(server_url, "truth")) as truth:
        truth.execute("select pg_advisory_xact_lock(hashtext('sandbox.advance'))")
        plan, since = _state(truth)
        until = since + timedelta(hours=hours)
        journal = world.simulate(plan, int(until.timestamp()))
        begin = int(since.timestamp())
        fresh = [change for change in journal if change.at > begin]
        for system in SYSTEMS[:-1]:
            with psycopg.connect(database_url(server_url, system)) as connection:
                _apply(connection, (c for c in fresh if TABLES[c.table][0] == system))
        _apply(truth, (c for c in fresh if TABLES[c.table][0] == "truth"))
        truth.execute("update state set now_at = %s", [until])
    return Advanced(until, Counter(change.table for change in fresh))


def environment(server_url: str, api_url: str) -> dict[str, str]:
    """Variables that point every source at this sandbox; `api_url` is where the stubs listen."""
    from omni_pipeline.sandbox.api import credentials  # a web server is not needed to make a world

    site, cel = database_url(server_url, "site"), database_url(server_url, "cel")
    return {
        "BITRIX_DATABASE_URL": site,
        "BITRIX_TIMEZONE": "Europe/Moscow",
        "SUBSCRIBE_DATABASE_URL": site,
        "ESP_DATABASE_URL": site,
        "LOYALTY_DATABASE_URL": site,
        "LOYALTY_TIMEZONE": "Europe/Moscow",
        "CEL_DATABASE_URL": cel,
        "CEL_TIMEZONE": "Europe/Moscow",
        "CEL_TRUNKS": "PJSIP/mango,PJSIP/mts",
        "CEL_DIAL_PREFIXES": "9",
        "ADS_TIMEZONE": "Europe/Moscow",
        "ONEC_TIMEZONE": "Europe/Moscow",
        "CRM_SITE_USER_FIELD": "UF_SITE_MEMBER_ID",
        **credentials(api_url),
    }


def _name(system: str) -> sql.Identifier:
    return sql.Identifier(f"sandbox_{system}")


def _define(connection: Connection, system: str) -> None:
    for definitions in _DDL[system]:
        connection.execute(definitions.read_bytes())


def _state(connection: Connection) -> tuple[Plan, datetime]:
    row = connection.execute(
        "select seed, people, days, extract(epoch from started_at)::bigint, now_at from state"
    ).fetchone()
    if row is None:
        raise LookupError("the sandbox was not finished: create it again")
    seed, people, days, started_at, now_at = row
    return Plan(seed, people, days, started_at), now_at.astimezone(UTC)


def _value(value: Any) -> Any:
    return Jsonb(value) if isinstance(value, dict) else value


def _copy(connection: Connection, table: str, rows: dict[Key, Row]) -> None:
    """COPY the rows; columns the world does not fill keep the defaults of the schema."""
    if not rows:
        return
    columns = list(next(iter(rows.values())))
    statement = sql.SQL("copy {} ({}) from stdin").format(
        sql.Identifier(table), sql.SQL(", ").join(map(sql.Identifier, columns))
    )
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        for row in rows.values():
            copy.write_row([_value(row[column]) for column in columns])


def _apply(connection: Connection, changes: Iterable[Change]) -> None:
    with connection.pipeline():
        for change in changes:
            connection.execute(*_statement(change))


def _statement(change: Change) -> tuple[sql.Composed, list[Any]]:
    table, key = sql.Identifier(change.table), TABLES[change.table][1]
    match = sql.SQL(" and ").join(sql.SQL("{} = %s").format(sql.Identifier(name)) for name in key)
    if change.operation == "delete":
        return sql.SQL("delete from {} where {}").format(table, match), list(change.key)
    names = [sql.Identifier(name) for name in change.row]
    values = [_value(value) for value in change.row.values()]
    if change.operation == "update":
        pairs = sql.SQL(", ").join(sql.SQL("{} = %s").format(name) for name in names)
        statement = sql.SQL("update {} set {} where {}").format(table, pairs, match)
        return statement, [*values, *change.key]
    statement = sql.SQL("insert into {} ({}) values ({}) on conflict ({}) do nothing").format(
        table,
        sql.SQL(", ").join(names),
        sql.SQL(", ").join([sql.Placeholder()] * len(names)),
        sql.SQL(", ").join(map(sql.Identifier, key)),
    )
    return statement, values
