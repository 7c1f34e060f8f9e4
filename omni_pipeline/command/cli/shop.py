"""Verbs of the invented shop behind the demo."""

import click

from omni_pipeline.command.cli import interrupt, settings
from omni_pipeline.command.cli.output import say
from omni_pipeline.errors import ConfigurationError


@click.group()
def sandbox() -> None:
    """The invented shop behind the demo.

    \b
    Example:
      omni sandbox advance --hours 3
    """


@sandbox.command()
@click.option(
    "--hours",
    type=click.IntRange(1, 8_784),
    default=1,
    show_default=True,
    help="How many hours.",
)
def advance(hours: int) -> None:
    """Move the sandbox on in time.

    \b
    Example:
      omni sandbox advance --hours 3
    """  # fmt: skip
    settings.check(settings.OURS)
    interrupt.unwinds()
    from omni_pipeline import sandbox as shop
    from omni_pipeline.command.demo import export_back_office
    from omni_pipeline.command.local import local

    server = local().server_url()
    if not shop.exists(server):
        raise ConfigurationError("sandbox", "there is none yet; `omni demo` makes it")
    advanced = shop.advance(server, hours)
    export_back_office(local(), server)
    rows = ", ".join(f"{count} {name}" for name, count in sorted(advanced.rows.items()))
    say(f"the shop is at {advanced.now:%Y-%m-%d %H:%M} UTC; new rows: {rows or 'none'}")


@sandbox.command()
@click.option(
    "--port", type=click.IntRange(1, 65_535), required=True, help="Port to serve on, on 127.0.0.1."
)
@click.option("--follow-clock", is_flag=True, help="Advance with the real hours.")
def serve(port: int, follow_clock: bool) -> None:
    """Serve its CRM and e-mail provider APIs.

    \b
    Example:
      omni sandbox serve --port 8800
    """
    settings.check(settings.OURS)
    interrupt.unwinds()
    from omni_pipeline.command.demo import serve as serve_apis
    from omni_pipeline.command.local import local

    serve_apis(local(), port, follow_clock)


COMMANDS = (sandbox,)
