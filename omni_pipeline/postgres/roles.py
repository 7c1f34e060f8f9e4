"""Who may read the warehouse of the embedded server, and how much of the server they may use.

`analyst` reads what is published; it is the role that docker/init.sql makes, for BI tools.
`omni_sql` is whom `omni sql` asks as: it reads everything that the pipeline made, for those who
look after it. Neither may write, create or run anything, and nobody else gets anything: the
pipeline's own role is the server's administrator, as whom a query could start programs.

Rights are given to tables yet to come as well, because models are dropped and made anew.
"""

import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit, urlunsplit

import psycopg
from psycopg import sql

from omni_pipeline.errors import ConfigurationError
from omni_pipeline.postgres.files import write_whole

PUBLISHED = ("marts", "loyalty")
# Dagster's storage: launches and their configuration are not data of the warehouse.
UNREAD = ("dagster",)
CONNECTIONS = 20
# Against accidents; a session may lift the first three for itself, but neither the number of
# connections nor the disk, which only an administrator sets.
LIMITS = {
    "default_transaction_read_only": "on",
    "statement_timeout": "5min",
    "idle_in_transaction_session_timeout": "1min",
    "temp_file_limit": "2GB",
}
# Roles of PostgreSQL as whom SQL reaches programs and files of the server.
POWERFUL = ("pg_execute_server_program", "pg_read_server_files", "pg_write_server_files")


@dataclass(frozen=True)
class Reader:
    """A role and the schemas it reads; None: all but those of `UNREAD`."""

    name: str
    schemas: tuple[str, ...] | None


ANALYST = Reader("analyst", PUBLISHED)
ENGINEER = Reader("omni_sql", None)
READERS = (ANALYST, ENGINEER)


def reader_url(home: Path, owner_url: str, reader: Reader) -> str:
    """URL of the same database for a reader, with rights and limits brought up to date."""
    passwords = ensure_readers(home, owner_url)
    parts = urlsplit(owner_url)
    secret = quote(passwords[reader.name], safe="")
    return urlunsplit(
        parts._replace(netloc=f"{reader.name}:{secret}@{parts.hostname}:{parts.port}")
    )


def ensure_readers(home: Path, owner_url: str) -> dict[str, str]:
    """Make the roles and give them their rights in this database; their passwords by name.

    Where nothing lacks, nothing is written: to grant what stands would collide with a run that
    replaces the tables, and fail it.
    """
    passwords = {}
    with psycopg.connect(owner_url, connect_timeout=10) as connection, connection.transaction():
        files = {reader.name: home / f"{reader.name}.password" for reader in READERS}
        if all(map(Path.exists, files.values())) and _all_stands(connection):
            return {name: file.read_text().strip() for name, file in files.items()}
        connection.execute("lock table pg_catalog.pg_authid in share row exclusive mode")
        for reader in READERS:
            passwords[reader.name] = _ensure_role(connection, reader, home)
        _close_databases(connection)
        for reader in READERS:
            _grant(connection, reader)
    return passwords


def _all_stands(connection: psycopg.Connection[Any]) -> bool:
    """Whether the readers have all their rights and limits, and everybody else none."""
    limits = [f"{name}={value}" for name, value in LIMITS.items()]
    for reader in READERS:
        schemas = None if reader.schemas is None else list(reader.schemas)
        row = connection.execute(
            """
            select exists (
                select from pg_roles as role
                where role.rolname = %(role)s and role.rolconnlimit = %(connections)s
                    and role.rolconfig @> %(limits)s
                    and has_database_privilege(role.oid, current_database(), 'connect')
                    and not exists (
                        select from pg_namespace as space
                        where space.nspname !~ '^pg_'
                            and space.nspname not in ('information_schema', 'public')
                            and has_schema_privilege(role.oid, space.oid, 'usage') <> (
                                space.nspname <> all(%(unread)s)
                                and (%(schemas)s::text[] is null
                                    or space.nspname = any(%(schemas)s))
                            )
                    )
                    and not exists (
                        select from pg_class as relation
                        inner join pg_namespace as space on relation.relnamespace = space.oid
                        where relation.relkind in ('r', 'p', 'v', 'm')
                            and has_schema_privilege(role.oid, space.oid, 'usage')
                            and space.nspname !~ '^pg_'
                            and space.nspname not in ('information_schema', 'public')
                            and not has_table_privilege(role.oid, relation.oid, 'select')
                    )
            ) and (
                select count(distinct space.nspname) from pg_namespace as space
                where space.nspname = any(%(published)s)
            ) = %(spaces)s and not exists (
                select from pg_database
                where datallowconn and has_database_privilege('public', oid, 'connect')
            )
            """,
            {
                "role": reader.name,
                "connections": CONNECTIONS,
                "limits": limits,
                "unread": list(UNREAD),
                "schemas": schemas,
                "published": list(PUBLISHED),
                "spaces": len(PUBLISHED),
            },
        ).fetchone()
        if row is None or not row[0]:
            return False
    return True


def refuse_power(connection: psycopg.Connection[Any]) -> None:
    """Raise ConfigurationError when a query of this connection could do more than read data."""
    row = connection.execute(
        "select rolsuper or exists (select from pg_roles as power where power.rolname = any(%s) "
        "and pg_has_role(current_user, power.oid, 'member')) from pg_roles "
        "where rolname = current_user",
        [list(POWERFUL)],
    ).fetchone()
    if row is not None and row[0]:
        raise ConfigurationError(
            "OMNI_DATABASE_URL",
            "its user may run programs or read files of the server, as whom no query is asked; "
            "give the pipeline a user of its own (docker/init.sql shows the rights)",
        )


def _ensure_role(connection: psycopg.Connection[Any], reader: Reader, home: Path) -> str:
    role = sql.Identifier(reader.name)
    found = connection.execute("select from pg_roles where rolname = %s", [reader.name]).fetchone()
    if found is None:
        connection.execute(sql.SQL("create role {}").format(role))
    password, is_new = _password(home / f"{reader.name}.password")
    if found is None or is_new:
        # Not in plain words: a statement may end in the server's log.
        stored = connection.pgconn.encrypt_password(
            password.encode(), reader.name.encode(), b"scram-sha-256"
        ).decode()
        connection.execute(sql.SQL("alter role {} password {}").format(role, sql.Literal(stored)))
    connection.execute(
        sql.SQL(
            "alter role {} login nosuperuser nocreatedb nocreaterole noreplication nobypassrls "
            "connection limit {}"
        ).format(role, sql.Literal(CONNECTIONS))
    )
    for name, value in LIMITS.items():
        connection.execute(
            sql.SQL("alter role {} set {} = {}").format(
                role, sql.Identifier(name), sql.Literal(value)
            )
        )
    return password


def _password(file: Path) -> tuple[str, bool]:
    """The password in a file, and whether it was made just now."""
    if file.exists() and (known := file.read_text().strip()):
        return known, False
    made = secrets.token_urlsafe(24)
    write_whole(file, made, mode=0o600)
    return made, True


def _close_databases(connection: psycopg.Connection[Any]) -> None:
    """Take from everybody what PostgreSQL gives to everybody; let the readers into this one."""
    databases = connection.execute(
        "select datname from pg_database where datallowconn "
        "and has_database_privilege('public', oid, 'CONNECT, TEMPORARY, CREATE')"
    ).fetchall()
    for (name,) in databases:
        connection.execute(
            sql.SQL("revoke all on database {} from public").format(sql.Identifier(name))
        )
    names = sql.SQL(", ").join(sql.Identifier(reader.name) for reader in READERS)
    connection.execute(
        sql.SQL("grant connect on database {} to {}").format(
            sql.Identifier(connection.info.dbname), names
        )
    )


def _grant(connection: psycopg.Connection[Any], reader: Reader) -> None:
    """Rights in the schemas there are, and in those of an open reader that will be."""
    role = sql.Identifier(reader.name)
    prepared = connection.execute("select to_regnamespace('ops') is not null").fetchone()
    if prepared is not None and prepared[0]:
        for name in PUBLISHED:  # a run follows: their tables come when nobody asks again
            connection.execute(
                sql.SQL("create schema if not exists {}").format(sql.Identifier(name))
            )
    found = connection.execute(
        "select nspname from pg_namespace where nspname !~ '^pg_' "
        "and nspname not in ('information_schema', 'public')"
    ).fetchall()
    for (schema,) in found:
        if schema in UNREAD:
            verbs = ["revoke all on schema {schema} from {role}"]
        elif reader.schemas is None or schema in reader.schemas:
            verbs = [
                "grant usage on schema {schema} to {role}",
                "grant select on all tables in schema {schema} to {role}",
            ]
            if reader.schemas is not None:
                verbs.append(
                    "alter default privileges in schema {schema} grant select on tables to {role}"
                )
        else:
            continue
        for verb in verbs:
            connection.execute(sql.SQL(verb).format(schema=sql.Identifier(schema), role=role))
    if reader.schemas is None:
        for what in ("select on tables", "usage on schemas"):
            given = sql.SQL(f"alter default privileges grant {what} to {{}}").format(role)
            connection.execute(given)
