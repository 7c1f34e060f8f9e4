"""Verbs that explain: whose an identifier is, who led to an order, what made a figure."""

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any

import click

from omni_pipeline.command.cli.asking import reading
from omni_pipeline.command.cli.output import Unanswered, plain, say

if TYPE_CHECKING:
    import psycopg

    from omni_pipeline.attribution.figures import Figure

JSON = click.option("--json", "json_", is_flag=True, help="JSON instead of text.")
ALL = click.option("--all", "all_", is_flag=True, help="Every line, however many there are.")


class _Explain(click.Group):
    """Its verbs, and without one of them `who`: an identifier is typed more often than a verb."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        verb = next((word for word in args if not word.startswith("-")), "")
        if verb in self.commands:
            args.remove(verb)
            args.insert(0, verb)
        elif not set(args) & set(self.get_help_option_names(ctx)):
            args.insert(0, "who")
        return super().parse_args(ctx, args)


@click.group(cls=_Explain)
def explain() -> None:
    """Whose an identifier is, why two are one person, who led to an order, what made a figure.

    Identifiers: user:5, card:0012, contact:7, a phone, an e-mail, …; order:123, deal:5, receipt:77.

    \b
    Examples:
      omni explain "8 (915) 481-58-26"
      omni explain user:5 card:0012
      omni explain order:123
      omni explain day 2026-11-20 channel "Paid Search"
    """


@explain.command()
@click.argument("identifier")
@click.argument("other", required=False)
@JSON
def who(identifier: str, other: str | None, json_: bool) -> None:
    """Whose an identifier is, why two are one person, or who led to an order (without `who`, too).

    \b
    Examples:
      omni explain who user:5
      omni explain order:123
    """
    from omni_pipeline.attribution import explain as orders
    from omni_pipeline.identity import explain as people
    from omni_pipeline.identity import words

    conversion = None if other else orders.conversion_in(identifier)
    try:
        with reading() as connection:
            if conversion:
                path = orders.explain_order(connection, conversion)
                said = orders.as_json(path) if json_ else orders.in_words(path)
            else:
                found = people.explain(connection, identifier, other)
                said = words.as_json(found) if json_ else words.in_words(found)
    except (people.UnknownIdentifier, orders.UnknownConversion) as error:
        raise Unanswered(str(error)) from None
    say(plain(said))


@explain.command()
@click.argument("cell_id")
@ALL
@JSON
def cell(cell_id: str, all_: bool, json_: bool) -> None:
    """What is behind a row of bl_omni_stats: touches, conversions, first contacts and cost.

    \b
    Example:
      omni explain cell 0647c249-afb8-21e8-9cb4-21d33534d7f1
    """
    from omni_pipeline.attribution import figures

    _say_figure(lambda connection: figures.explain_cell(connection, cell_id), all_, json_)


@explain.command()
@click.argument("day", type=click.DateTime(["%Y-%m-%d"]), metavar="DAY")
@click.argument("channel", type=click.Choice(["channel"]))
@click.argument("name")
@click.option(
    "--model", default="last_non_direct", show_default=True, help="Which attribution model."
)
@click.option(
    "--basis",
    type=click.Choice(["order_date", "touch_date"]),
    default="order_date",
    show_default=True,
    help="Whether credit stands on the day of the conversion or of the touch.",
)
@click.option("--brand", help="Which brand, where the channel has several.")
@ALL
@JSON
def day(
    day: datetime,
    channel: str,
    name: str,
    model: str,
    basis: str,
    brand: str | None,
    all_: bool,
    json_: bool,
) -> None:
    """What is behind a channel in channel_performance_daily: credits, visits and cost.

    \b
    Examples:
      omni explain day 2026-11-20 channel "Paid Search"
      omni explain day 2026-11-20 channel Email --model linear --basis touch_date
    """
    from omni_pipeline.attribution import figures

    _say_figure(
        lambda connection: figures.explain_day(connection, day.date(), name, model, basis, brand),
        all_,
        json_,
    )


def _say_figure(
    find: "Callable[[psycopg.Connection[Any]], Figure]", all_: bool, json_: bool
) -> None:
    from omni_pipeline.attribution import figures

    try:
        with reading() as connection:
            figure = find(connection)
    except figures.UnknownFigure as error:
        raise Unanswered(str(error)) from None
    said = figures.as_json(figure) if json_ else None
    say(plain(said or figures.in_words(figure, None if all_ else figures.SHOWN)))


COMMANDS = (explain,)
