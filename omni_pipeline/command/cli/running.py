"""Verbs that do the work: demo, run, dev, stop."""

import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

from omni_pipeline.command.cli import interrupt, settings
from omni_pipeline.command.cli.output import say
from omni_pipeline.errors import ConfigurationError

if TYPE_CHECKING:
    from omni_pipeline.command.local import Local

# automation.py defines them; Dagster would take three seconds to be asked.
JOBS = ("run_hourly", "reconcile_sources", "reconcile_loyalty")


class Hour(click.ParamType):  # type: ignore[type-arg]  # older clicks know no parameter
    """A UTC hour such as 2026-11-20T07; a day alone is its first hour."""

    name = "hour"

    def convert(self, value: Any, _: object, __: object) -> datetime:
        """The hour, in UTC."""
        try:
            found = datetime.fromisoformat(value if len(value) > 10 else f"{value}T00")
            found = found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
        except (ValueError, OverflowError):
            self.fail(f"{value!r} is not an hour such as 2026-11-20T07")
        if found.minute or found.second or found.microsecond:
            self.fail(f"{value} is not a full hour")
        return found


@contextmanager
def _failures_told() -> Iterator[None]:
    """A run that failed is told in one line and ends with 1."""
    from omni_pipeline.command.hourly import RunFailed

    try:
        yield
    except RunFailed as error:
        print(f"omni: {error}", file=sys.stderr)
        raise click.exceptions.Exit(1) from None


@click.command()
@click.option(
    "--people",
    type=click.IntRange(1, 1_000_000),
    default=3_000,
    show_default=True,
    help="Customers of a new sandbox.",
)
@click.option(
    "--days",
    type=click.IntRange(1, 3_650),
    default=120,
    show_default=True,
    help="Days of history of a new sandbox.",
)
@click.option(
    "--seed",
    type=click.IntRange(0, 2**31 - 1),
    default=1,
    show_default=True,
    help="Seed of a new sandbox: the same seed makes the same customers.",
)
def demo(people: int, days: int, seed: int) -> None:
    """Sandbox shop, one full hourly run, a summary.

    \b
    Example:
      omni demo --people 500 --days 30 --seed 7
    """  # fmt: skip
    settings.check(settings.OURS)
    interrupt.unwinds()
    say("omni demo: an invented shop, and one hourly run on it")
    from omni_pipeline.command import demo as demonstration
    from omni_pipeline.command.cli import alive
    from omni_pipeline.command.local import local

    machine = local()
    with alive.run(machine.home), _failures_told():
        demonstration.demo(machine, people, days, seed, say)


@click.command()
@click.option(
    "--job",
    type=click.Choice(JOBS),
    default=JOBS[0],
    show_default=True,
    help="Which job; reconcile_sources compares whole tables and runs every test.",
)
@click.option(
    "--from",
    "since",
    type=Hour(),
    metavar="HOUR",
    help="Only count the statistics of these UTC hours again, from this one on.",
)
@click.option("--to", "until", type=Hour(), metavar="HOUR", help="The first hour left out.")
def run(job: str, since: datetime | None, until: datetime | None) -> None:
    """One hourly run against the configured sources.

    \b
    Examples:
      omni run
      omni run --job reconcile_sources
      omni run --from 2026-11-20T00 --to 2026-11-21T00
    """  # fmt: skip
    hours = _hours(since, until)
    settings.check()
    interrupt.unwinds()
    say(f"{job}: asking the sources")
    from omni_pipeline.command.cli import alive
    from omni_pipeline.command.dev import sources
    from omni_pipeline.command.doctor import check_configured
    from omni_pipeline.command.local import local

    machine = local()
    _require_sources(machine)
    with alive.run(machine.home), sources(machine) as (database, found):
        found.export()
        for line in check_configured():
            say(f"  {line}")
        machine.settings(database, found).export()
        say(f"{job}: starting Dagster")
        from omni_pipeline.command.hourly import run_hourly

        machine.remember(database)
        with _failures_told():
            summary = run_hourly(machine.logs, say, trigger="omni run", job=job, hours=hours)
    say(f"{job}: done in {summary.seconds:.1f} s (run {summary.run_id[:8]}, {summary.log})")
    for said in summary.lacking:
        print(f"omni: published, but a source is not whole: {said}", file=sys.stderr)
    if summary.lacking:
        raise click.exceptions.Exit(1)


def _hours(since: datetime | None, until: datetime | None) -> tuple[datetime, datetime] | None:
    if since is None and until is None:
        return None
    if since is None or until is None or since >= until:
        raise click.UsageError("--from and --to go together, the earlier hour first")
    return since, until


def _require_sources(machine: "Local") -> None:
    """Raise ConfigurationError, having started nothing, when there is nothing to read."""
    from omni_pipeline.command.doctor import configured_endpoints, endpoints

    if configured_endpoints():
        return
    running = machine.external or machine.server.running()
    if running or (machine.server.data / "PG_VERSION").exists():
        from omni_pipeline import sandbox

        if sandbox.exists(machine.server_url()):  # that of an earlier demo is used
            return
        if not running:
            machine.server.stop()
    wanted = dict.fromkeys(endpoint.wanted for endpoint in endpoints())
    raise ConfigurationError(
        "no source is configured",
        f"set at least one of {'; '.join(wanted)} (.env.example explains them), or let `omni demo` "
        "invent a shop",
    )


@click.command()
@click.option(
    "--port",
    type=click.IntRange(1, 65_535),
    default=3_000,
    show_default=True,
    help="Port of the UI on 127.0.0.1.",
)
def dev(port: int) -> int:
    """Dagster UI and daemon in the foreground; Ctrl-C or `omni stop` ends them.

    \b
    Example:
      omni dev --port 3001
    """  # fmt: skip
    settings.check()
    interrupt.unwinds()
    from omni_pipeline.command import dev as server
    from omni_pipeline.command.cli import alive
    from omni_pipeline.command.local import local
    from omni_pipeline.postgres.files import is_free

    machine = local()
    try:
        with alive.dev(machine.home):
            if not is_free(port):
                raise click.UsageError(f"port {port} is taken; choose another with --port")
            return server.dev(machine, port, say)
    except alive.Busy as other:
        raise click.ClickException(
            f"omni dev runs already (process {other}); `omni stop` ends it"
        ) from None


@click.command()
@click.option("--delete-data", is_flag=True, help="Also delete the data that omni has made here.")
@click.option("--yes", is_flag=True, help="Delete without asking.")
@click.option("--force", is_flag=True, help="Even while a run is under way, which then fails.")
def stop(delete_data: bool, yes: bool, force: bool) -> None:
    """End an idle `omni dev` and the embedded PostgreSQL.

    Refused while a run is under way, and --delete-data also while `omni dev` is alive.

    \b
    Examples:
      omni stop
      omni stop --delete-data --yes
    """
    settings.check(settings.OURS)
    interrupt.unwinds()
    from omni_pipeline.command.cli import alive
    from omni_pipeline.command.local import local

    machine = local()
    if not alive.used(machine.home):
        say(f"nothing is running: omni has made nothing in {machine.home}")
        return
    process = alive.dev_process(machine.home)
    if not force and process and delete_data:
        raise click.ClickException(f"omni dev is alive (process {process}): `omni stop` ends it")
    if not force and alive.runs_of_the_ui(machine):
        raise click.ClickException(f"a run of the UI is under way{_ANYWAY}")
    with ExitStack() as held:
        try:
            held.enter_context(alive.nobody_runs(machine.home))
        except alive.Busy:
            if not force:
                raise click.ClickException(f"a run is under way{_ANYWAY}") from None
        if delete_data and not yes:
            if not sys.stdin.isatty():
                raise click.UsageError("--delete-data deletes without asking only with --yes")
            if not click.confirm(f"Delete the data that omni has made in {machine.home}?"):
                raise click.ClickException("nothing was deleted")
        _stop(machine, delete_data)


_ANYWAY = ": wait until it has ended, or say --force, and it fails"


def _stop(machine: "Local", delete_data: bool) -> None:
    from omni_pipeline.command.cli import alive
    from omni_pipeline.command.cli.home import delete_data as delete

    say("omni dev: " + ("ended" if alive.end_dev(machine.home) else "not running"))
    say("embedded PostgreSQL: " + ("stopped" if machine.server.stop() else "not running"))
    if delete_data:
        left = delete(machine.home)
        say(f"deleted what omni made in {machine.home}")
        for path in left:
            say(f"left, because omni did not make it: {path}")


COMMANDS = (demo, run, dev, stop)
