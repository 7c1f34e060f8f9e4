"""The `omni` command: thin verbs in files by group, each calling a function elsewhere.

Belongs here: options, what is said before and after, exit codes. Nothing slow is imported until a
verb needs it: neither `omni --help` nor the first line of a run may wait for Dagster.

Exit codes: 0 done, 1 a run failed, 2 a setting or the call is wrong (one line says which), 130
interrupted.
"""

from omni_pipeline.command.cli import interrupt  # isort: skip  # before what takes time to import

import gc
import sys
from collections.abc import Sequence

import click

from omni_pipeline.command.cli import asking, boards, explaining, running, settings, shop
from omni_pipeline.command.cli.output import Unanswered
from omni_pipeline.errors import ConfigurationError, RefusedReload


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="omni-pipeline", prog_name="omni")
def omni() -> None:
    """Customer data of a 1C-Bitrix shop: identity, statistics, attribution.

    Exit codes: 0 done, 1 a run failed, 2 a setting or the call is wrong, 130 interrupted.

    \b
    Examples:
      omni demo
      omni run
      eval "$(_OMNI_COMPLETE=bash_source omni)"    completion in bash; zsh_source, fish_source
    """
    settings.load()


for group in (running, asking, explaining, boards, shop):
    for command in group.COMMANDS:
        omni.add_command(command)


def main(arguments: Sequence[str] | None = None) -> None:
    """Entry point of the console script."""
    # Dagster keeps what it loads: to search that for cycles 900 times was a sixth of its start.
    gc.set_threshold(50_000, 20, 20)
    try:
        code = omni.main(arguments, prog_name="omni", standalone_mode=False)
    except click.ClickException as error:
        context = getattr(error, "ctx", None)
        hint = f" ({context.command_path} --help)" if context else ""
        code = _wrong(f"{error.format_message()}{hint}")
    except (ConfigurationError, RefusedReload, Unanswered) as error:
        code = _wrong(str(error))
    except (KeyboardInterrupt, click.Abort):
        code = interrupt.CODE
    except Exception as error:  # noqa: BLE001 - the end of the program; nothing goes on after it
        code = _failed(error)
    if code == interrupt.CODE or interrupt.came():
        interrupt.leave()  # not by the interpreter's end: threads of libraries may still be busy
    sys.exit(code or 0)


def _failed(error: Exception) -> int:
    """What nobody caught: a sentence; for a fault of ours the places too, never the values."""
    import traceback

    from omni_pipeline.redaction import in_words, misfortune

    said = misfortune(error)
    if said is None:
        print("".join(traceback.format_tb(error.__traceback__)), end="", file=sys.__stderr__)
        said = in_words(error)
    print(f"omni: {said}", file=sys.__stderr__)
    return 1


def _wrong(said: str) -> int:
    print(f"omni: {' '.join(said.split())}", file=sys.stderr)
    return 2
