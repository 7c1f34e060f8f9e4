"""Verbs that ask: sql, trunks, doctor; those that explain are in explaining.py."""

import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

from omni_pipeline.command.cli import interrupt, settings
from omni_pipeline.command.cli.output import (
    Unanswered,
    as_csv,
    as_records,
    as_table,
    asked,
    say,
)

if TYPE_CHECKING:
    import psycopg

ADVICE = "nothing is published yet: `omni run` fills the marts, or `omni demo`, of an invented shop"
FORMS = "set datestyle to 'ISO'; set intervalstyle to 'iso_8601'; set timezone to 'UTC'"
# What a run publishes, as the server names what is not there.
PUBLISHED = re.compile(r'"(marts|loyalty)[".]|function (marts|loyalty)\.')


def _reader_url() -> str:
    """URL of the warehouse used last, for reading."""
    from omni_pipeline.command.local import local

    machine = local()
    return machine.reading_url(machine.last_used())


@contextmanager
def reading() -> Iterator["psycopg.Connection[Any]"]:
    """A read-only connection to the warehouse last used; Unanswered says what the server did.

    Raises ConfigurationError naming OMNI_DATABASE_URL when there is no connection to be had.
    """
    settings.check(settings.OURS)
    interrupt.unwinds()
    import psycopg

    from omni_pipeline.command.local import connected

    with connected(_reader_url()) as connection:
        connection.autocommit, connection.read_only = False, True
        try:
            connection.execute(FORMS)
            yield connection
        except psycopg.Error as error:
            connection.rollback()
            if PUBLISHED.search(str(error)) and not _published(connection):
                raise Unanswered(ADVICE) from None
            raise Unanswered(str(error)) from None


def _published(connection: "psycopg.Connection[Any]") -> bool:
    """Whether the marts were ever published; the last of them is the one that says of when."""
    row = connection.execute("select to_regclass('marts.data_as_of')").fetchone()
    return row is not None and row[0] is not None


# A query may begin with a comment, which looks like an option.
@click.command(context_settings={"ignore_unknown_options": True})
@click.argument("query", required=False)
@click.option("--csv", "csv_", is_flag=True, help="CSV instead of a table.")
@click.option("--expanded", "-x", is_flag=True, help="A line for each column instead of a table.")
@click.option(
    "--model", metavar="NAME", help="Ask nothing: print the SELECT that makes this table."
)
def sql(query: str | None, csv_: bool, expanded: bool, model: str | None) -> None:
    """A read-only query against the warehouse; without one, or with -, it is read from stdin.

    \b
    Examples:
      omni sql "select channel, sum(orders_paid) from marts.bl_omni_stats group by 1"
      omni sql --csv "select * from loyalty.discrepancy" > discrepancies.csv
      omni sql --expanded < query.sql
      omni sql --model bl_omni_stats
    """
    if query and re.fullmatch(r"-\S+", query):
        raise click.NoSuchOption(query)
    if csv_ and expanded:
        raise click.UsageError("--csv and --expanded exclude each other")
    if model is not None:
        if query or csv_ or expanded:
            raise click.UsageError("--model stands alone: it prints SQL and asks nothing")
        say(_compiled(model))
        return
    if query in (None, "-"):
        if sys.stdin.isatty():
            click.echo("the query, then Ctrl-D:", err=True)
        query = sys.stdin.buffer.read().decode(errors="replace")
    if not query or not query.strip():
        raise click.UsageError("there is no query")
    from omni_pipeline.postgres.roles import refuse_power

    with reading() as connection:
        refuse_power(connection)
        found = asked(connection, query)
    say((as_csv if csv_ else as_records if expanded else as_table)(*found))


def _compiled(model: str) -> str:
    """The SELECT of a model for the warehouse used last."""
    from omni_pipeline.warehouse import compiled

    settings.check()
    try:
        compiled.known_model(model)  # before anything starts
        from omni_pipeline.command.dev import rendered_settings
        from omni_pipeline.command.local import local
        from omni_pipeline.ops import is_demo

        machine = local()
        with reading() as connection:
            rendered = rendered_settings(machine, invented=bool(is_demo(connection)))
        # As the runs do: for another user dbt would parse the whole project anew.
        url = machine.warehouse_url(machine.last_used())
        return compiled.compiled(model, url, rendered)
    except compiled.Uncompiled as error:
        raise Unanswered(str(error)) from None


@click.command()
@click.option("--csv", "csv_", is_flag=True, help="Lines for the seed, to be completed.")
def trunks(csv_: bool) -> None:
    """Called numbers that call_tracking_numbers lacks.

    \b
    Example:
      omni trunks --csv
    """
    from omni_pipeline.command.summary import table
    from omni_pipeline.command.trunks import HEADER, SEED, suggested_lines, unmapped

    with reading() as connection:
        headers, rows = unmapped(connection)
    if csv_:
        say("\n".join([HEADER, *suggested_lines(rows)]))
    elif rows:
        say(table(headers, rows))
        say(f"\nName them in {SEED}; `omni trunks --csv` writes lines to complete.")
    else:
        say(f"every number that was called is in {SEED}")


@click.command()
def doctor() -> int:
    """Which sources are configured and reachable.

    \b
    Example:
      omni doctor
    """
    wrong = list(settings.malformed())
    for error in wrong:
        say(f"BAD  {error}")
    if wrong:
        return 2
    interrupt.unwinds()
    from omni_pipeline.command.doctor import examine
    from omni_pipeline.command.local import local

    in_order = True
    for fine, line in examine(local()):
        in_order &= fine
        say(f"{'ok ' if fine else 'BAD'}  {line}")
    return 0 if in_order else 2


COMMANDS = (sql, trunks, doctor)
