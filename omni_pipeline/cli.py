"""The `omni` command: thin verbs, each calling a function elsewhere.

Exit codes: 0 done, 1 a run failed, 2 a setting or the call is wrong (one line says which).
"""

import argparse
import csv
import os
import shutil
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import psycopg
from dotenv import load_dotenv

from omni_pipeline.errors import ConfigurationError, RefusedReload
from omni_pipeline.local import REPOSITORY, local


def main(arguments: Sequence[str] | None = None) -> None:
    """Entry point of the console script."""
    call = _parser().parse_args(arguments)
    load_dotenv(REPOSITORY / ".env")
    try:
        code = call.verb_function(call)
    except (ConfigurationError, RefusedReload, _Unanswered) as error:
        print(f"omni: {' '.join(str(error).split())}", file=sys.stderr)
        code = 2
    except KeyboardInterrupt:
        code = 130
    except BrokenPipeError:
        code = 0
    sys.exit(code)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("omni", description="Customer data of a 1C-Bitrix shop.")
    verbs = parser.add_subparsers(required=True, metavar="verb")
    demo = verbs.add_parser("demo", help="sandbox shop, one full hourly run, a summary")
    demo.add_argument("--people", type=int, default=3_000, help="customers of a new sandbox")
    demo.add_argument("--days", type=int, default=60, help="days of history of a new sandbox")
    demo.add_argument("--seed", type=int, default=1, help="seed of a new sandbox")
    demo.set_defaults(verb_function=_demo)
    run = verbs.add_parser("run", help="one hourly run against the configured sources")
    run.add_argument("--job", default="run_hourly", help="another job, e.g. reconcile_sources")
    run.add_argument(
        "--from",
        dest="since",
        type=_hour,
        metavar="HOUR",
        help="only count the statistics of these UTC hours again, e.g. 2026-11-20T00",
    )
    run.add_argument("--to", dest="until", type=_hour, metavar="HOUR", help="first hour left out")
    run.set_defaults(verb_function=_run)
    dev = verbs.add_parser("dev", help="Dagster UI and daemon in the foreground")
    dev.add_argument("--port", type=int, default=3000)
    dev.set_defaults(verb_function=_dev)
    stop = verbs.add_parser("stop", help="end `omni dev` and the embedded PostgreSQL")
    stop.add_argument("--delete-data", action="store_true", help="also remove all embedded data")
    stop.set_defaults(verb_function=_stop)
    sql = verbs.add_parser("sql", help="a read-only query against the warehouse")
    sql.add_argument("query")
    sql.add_argument("--csv", action="store_true", help="CSV instead of a table")
    sql.set_defaults(verb_function=_sql)
    explain = verbs.add_parser(
        "explain", help="whose an identifier is, why two are one person, or who led to an order"
    )
    explain.add_argument(
        "identifier",
        help="user:5, card:0012, contact:7, a phone, an e-mail, …; order:123, deal:5, receipt:77",
    )
    explain.add_argument("other", nargs="?", metavar="identifier", help="a second one")
    explain.add_argument("--json", action="store_true", help="JSON instead of text")
    explain.set_defaults(verb_function=_explain)
    trunks = verbs.add_parser("trunks", help="called numbers that call_tracking_numbers lacks")
    trunks.add_argument("--csv", action="store_true", help="lines for the seed, to be completed")
    trunks.set_defaults(verb_function=_trunks)
    doctor = verbs.add_parser("doctor", help="which sources are configured and reachable")
    doctor.set_defaults(verb_function=_doctor)
    sandbox = verbs.add_parser("sandbox", help="the invented shop behind the demo")
    actions = sandbox.add_subparsers(required=True, metavar="action")
    advance = actions.add_parser("advance", help="move the sandbox on in time")
    advance.add_argument("--hours", type=int, default=1)
    advance.set_defaults(verb_function=_sandbox_advance)
    serve = actions.add_parser("serve", help="serve its CRM and e-mail provider APIs")
    serve.add_argument("--port", type=int, required=True)
    serve.add_argument("--follow-clock", action="store_true", help="advance with the real hours")
    serve.set_defaults(verb_function=_sandbox_serve)
    return parser


def _hour(text: str) -> datetime:
    """A UTC hour such as 2026-11-20T07; minutes would be no hour."""
    found = datetime.fromisoformat(text if len(text) > 10 else f"{text}T00")
    found = found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    if found.minute or found.second or found.microsecond:
        raise argparse.ArgumentTypeError(f"{text} is not a full hour")
    return found


class _Unanswered(Exception):
    """A question the warehouse cannot answer; str() is what to tell."""


@contextmanager
def _reading() -> Iterator[psycopg.Connection[Any]]:
    """A read-only connection to the warehouse last used; _Unanswered says what the server did."""
    machine = local()
    try:
        url = machine.reading_url(machine.last_used())
        with psycopg.connect(url, connect_timeout=10) as connection:
            connection.read_only = True
            yield connection
    except psycopg.Error as error:
        raise _Unanswered(str(error)) from None


def _say(line: str) -> None:
    # Not sys.stdout: during a run that is the run's log file.
    print(line, file=sys.__stdout__, flush=True)


def _demo(call: argparse.Namespace) -> int:
    from omni_pipeline.demo import demo
    from omni_pipeline.hourly import RunFailed

    try:
        demo(local(), call.people, call.days, call.seed, _say)
    except RunFailed as error:
        print(f"omni: {error}", file=sys.stderr)
        return 1
    return 0


def _run(call: argparse.Namespace) -> int:
    from omni_pipeline.dev import sources
    from omni_pipeline.doctor import check_configured

    if (call.since is None) != (call.until is None) or (call.since and call.since >= call.until):
        print("omni: --from and --to go together, the earlier hour first", file=sys.stderr)
        return 2
    hours = (call.since, call.until) if call.since else None
    machine = local()
    with sources(machine) as database:
        for line in check_configured():
            _say(f"  {line}")
        os.environ.update(machine.environment(database))
        from omni_pipeline.hourly import RunFailed, run_hourly

        machine.remember(database)
        try:
            summary = run_hourly(machine.logs, _say, trigger="omni run", job=call.job, hours=hours)
        except RunFailed as error:
            print(f"omni: {error}", file=sys.stderr)
            return 1
    _say(f"{call.job}: done in {summary.seconds:.1f} s (run {summary.run_id[:8]}, {summary.log})")
    return 0


def _dev(call: argparse.Namespace) -> int:
    from omni_pipeline.dev import dev

    return dev(local(), call.port, _say)


def _stop(call: argparse.Namespace) -> int:
    from omni_pipeline.dev import stop_dev

    machine = local()
    _say("omni dev: " + ("ended" if stop_dev(machine) else "not running"))
    _say("embedded PostgreSQL: " + ("stopped" if machine.server.stop() else "not running"))
    if call.delete_data and machine.home.exists():
        shutil.rmtree(machine.home)
        _say(f"removed {machine.home}")
    return 0


def _sql(call: argparse.Namespace) -> int:
    from omni_pipeline.summary import query, table
    from omni_pipeline.warehouse.roles import refuse_power

    with _reading() as connection:
        refuse_power(connection)
        headers, rows = query(connection, call.query)
    if call.csv:
        writer = csv.writer(sys.stdout)
        writer.writerow(headers)
        writer.writerows(rows)
    else:
        _say(table(headers, rows))
    return 0


def _explain(call: argparse.Namespace) -> int:
    from omni_pipeline.attribution import explain as orders
    from omni_pipeline.identity import words
    from omni_pipeline.identity.explain import UnknownIdentifier, explain

    conversion = None if call.other else orders.conversion_in(call.identifier)
    try:
        with _reading() as connection:
            if conversion:
                path = orders.explain_order(connection, conversion)
                said = orders.as_json(path) if call.json else orders.in_words(path)
            else:
                found = explain(connection, call.identifier, call.other)
                said = words.as_json(found) if call.json else words.in_words(found)
    except (UnknownIdentifier, orders.UnknownConversion) as error:
        raise _Unanswered(str(error)) from None
    _say(said)
    return 0


def _trunks(call: argparse.Namespace) -> int:
    from omni_pipeline.summary import table
    from omni_pipeline.trunks import HEADER, SEED, suggested_lines, unmapped

    with _reading() as connection:
        headers, rows = unmapped(connection)
    if call.csv:
        _say("\n".join([HEADER, *suggested_lines(rows)]))
    elif rows:
        _say(table(headers, rows))
        _say(f"\nName them in {SEED}; `omni trunks --csv` writes lines to complete.")
    else:
        _say(f"every number that was called is in {SEED}")
    return 0


def _doctor(_: argparse.Namespace) -> int:
    from omni_pipeline.doctor import examine

    in_order = True
    for fine, line in examine(local()):
        in_order &= fine
        _say(f"{'ok ' if fine else 'BAD'}  {line}")
    return 0 if in_order else 2


def _sandbox_advance(call: argparse.Namespace) -> int:
    from omni_pipeline import sandbox

    server = local().server_url()
    if not sandbox.exists(server):
        raise ConfigurationError("sandbox", "there is none yet; `omni demo` makes it")
    _say(str(sandbox.advance(server, call.hours)))
    return 0


def _sandbox_serve(call: argparse.Namespace) -> int:
    from omni_pipeline.demo import serve

    serve(local(), call.port, call.follow_clock)
    return 0


if __name__ == "__main__":
    main()
