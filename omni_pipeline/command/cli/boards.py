"""Verbs of the dashboards."""

from typing import TYPE_CHECKING

import click

from omni_pipeline.command.cli import settings
from omni_pipeline.command.cli.asking import reading
from omni_pipeline.command.cli.output import say

if TYPE_CHECKING:
    from omni_pipeline.dashboards.run import Failure


@click.group()
def dashboards() -> None:
    """Dashboards as code.

    \b
    Example:
      omni dashboards check
    """


@dashboards.command()
@click.option("--run", "run_", is_flag=True, help="Also run each card in the warehouse.")
def check(run_: bool) -> int:
    """Look for faults in the dashboards' files; with --run also ask the warehouse.

    \b
    Examples:
      omni dashboards check
      omni dashboards check --run
    """
    from omni_pipeline.dashboards.check import check as faults_of
    from omni_pipeline.dashboards.load import load

    if found := faults_of():
        for fault in found:
            say(str(fault))
        return 1
    tree = load()
    failures: list[Failure] = []
    if run_:
        from omni_pipeline.dashboards.run import run

        settings.check(settings.OURS)
        with reading() as connection:
            failures = run(connection, tree)
        for failure in failures:
            say(str(failure))
    asked = ", each asked with filters empty and filled" if run_ else ""
    if not failures:
        say(f"{len(tree.dashboards)} dashboards and {len(tree.cards)} cards are in order{asked}")
    return 1 if failures else 0


COMMANDS = (dashboards,)
