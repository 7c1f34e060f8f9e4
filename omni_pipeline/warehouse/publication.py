"""When dbt has to run, and that only one run at a time publishes.

Pure bookkeeping in `ops`: the bound and the rules hash that the last complete dbt run described are
the row `(all)` of `ops.publication`, which marts.data_as_of shows; steps after it have rows by
their asset's name. Imports no Dagster.
"""

import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from omni_pipeline.ops import LOCK_SECONDS, PUBLICATION, latest_seq, lock

EVERYTHING = "(all)"
MARTS = "marts"  # models that handle arrivals since the last complete run, ops.watermark
DBT_APPLICATION = "omni-dbt"  # application_name in profiles.yml
# Limits of a role or server that would end the transaction that holds the right to publish.
PATIENCE = ("idle_in_transaction_session_timeout", "transaction_timeout")
KEPT_TARGETS = 24  # runs whose dbt.log and SQL stay; some 2 MB each


def last_published(connection: psycopg.Connection[Any]) -> tuple[int, str] | None:
    """Bound and rules hash of the last complete dbt run, None before the first."""
    row = connection.execute(
        "select up_to_seq, rules from ops.publication where step = %s", [EVERYTHING]
    ).fetchone()
    return (int(row[0]), str(row[1])) if row else None


def mark_published(connection: psycopg.Connection[Any], up_to_seq: int, rules: str) -> None:
    """Remember what a complete dbt run described: what stood before is followed by all."""
    with connection.transaction():
        _remember(connection, EVERYTHING, up_to_seq, rules)
        connection.execute(
            """
            insert into ops.watermark (model, followed, up_to) values (%s, 'bronze', %s)
            on conflict (model, followed)
                do update set up_to = excluded.up_to, moved_at = clock_timestamp()
            """,
            [MARTS, up_to_seq],
        )


def _remember(connection: psycopg.Connection[Any], what: str, up_to_seq: int, rules: str) -> None:
    connection.execute(
        """
        insert into ops.publication (step, up_to_seq, rules, as_of)
        select %s, %s, %s, set_at from ops.bound
        on conflict (step) do update set up_to_seq = excluded.up_to_seq, rules = excluded.rules,
            as_of = excluded.as_of, published_at = clock_timestamp()
        """,
        [what, up_to_seq, rules],
    )


def forget_published(connection: psycopg.Connection[Any]) -> None:
    """Before another project is deployed: no rules are known to hold until it ran completely."""
    connection.execute("update ops.publication set rules = '' where step = %s", [EVERYTHING])


def follow(
    connection: psycopg.Connection[Any], step: str, published: tuple[int, str] | None, code: str
) -> None:
    """Remember which publication a step after dbt has described, in the transaction of its rows.

    `published` is what `last_published` said when the step began to read, `code` a digest of what
    the step itself is made by. Until all of them have followed, a publication is not complete.
    """
    if published is None:
        connection.execute("delete from ops.publication where step = %s", [step])
    else:
        _remember(connection, step, published[0], f"{published[1]} {code}")


def followed(
    connection: psycopg.Connection[Any], published: tuple[int, str] | None, steps: Mapping[str, str]
) -> bool:
    """Whether these steps, with the code they have now, have described the last publication."""
    if published is None:
        return False
    found = connection.execute(
        "select step, rules from ops.publication where step = any(%s) and up_to_seq = %s",
        [list(steps), published[0]],
    ).fetchall()
    return dict(found) == {step: f"{published[1]} {code}" for step, code in steps.items()}


def trim_logs(connection: psycopg.Connection[Any], readers: Mapping[str, Sequence[str]]) -> None:
    """Take out of each table's change log what all its readers have passed.

    `readers` are names of the tables by that of the one they follow (follows.followers).
    """
    for followed_table, names in readers.items():
        log = sql.Identifier("intermediate", f"{followed_table}__changes")
        if not views_stand(connection, [f"intermediate.{followed_table}__changes"]):
            continue  # of a part of the project
        connection.execute(
            sql.SQL(
                """
                delete from {} where change_no <= (
                    select min(coalesce(watermark.up_to, 0))
                    from unnest(%s::text[]) as reader (name)
                    left join ops.watermark
                        on reader.name = watermark.model and watermark.followed = %s
                )
                """
            ).format(log),
            [list(names), followed_table],
        )


def views_stand(connection: psycopg.Connection[Any], views: Sequence[str]) -> bool:
    """Whether all these tables and views (schema.name) are there."""
    row = connection.execute(
        "select bool_and(to_regclass(name) is not null) from unnest(%s::text[]) as name",
        [list(views)],
    ).fetchone()
    return row is not None and row[0] is not False


def forget_old_targets(target: Path, pattern: str) -> None:
    """Remove what dbt wrote in earlier runs but the newest; each run has a folder of its own."""
    folders = sorted(target.glob(pattern), key=lambda path: path.stat().st_mtime)
    for folder in folders[:-KEPT_TARGETS]:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def publishing(connection: psycopg.Connection[Any]) -> Iterator[int]:
    """Hold the right to publish and give the bound to publish; waits for another run to end.

    The right is a table lock in a transaction of a second connection, which ends with its client:
    the first one commits what dbt has to see. Backends of a dbt run whose process was killed may
    still execute their last statement: nobody else may publish now, so whatever still calls itself
    dbt is such an orphan and is ended.
    """
    information = connection.info
    with psycopg.connect(information.dsn, password=information.password or None) as holder:
        # Idle for as long as dbt runs, without holding back the vacuum.
        holder.isolation_level = psycopg.IsolationLevel.READ_COMMITTED
        holder.execute(
            "select set_config(name, '0', true) from pg_settings where name = any(%s)",
            [[*PATIENCE]],
        )
        holder.execute(f"set local lock_timeout = '{LOCK_SECONDS}s'")
        lock(holder, PUBLICATION)
        connection.execute(
            """
            select pg_terminate_backend(pid, 5000) from pg_stat_activity
            where application_name = %s and datname = current_database()
                and usename = current_user
            """,
            [DBT_APPLICATION],
        )
        yield latest_seq(connection)
