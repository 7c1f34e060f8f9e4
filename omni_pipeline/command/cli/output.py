"""What verbs print: lines, rows as a table, as CSV or one below the other; and refusals.

Values are written as PostgreSQL writes them, so that no date or number is too large to be shown:
ISO dates and times, JSON as JSON. Booleans are true and false. NULL is nothing at all, an empty
text is "".
"""

import os
import re
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import psycopg


BOOLEAN, BOOLEANS = 16, 1000  # oids of bool and bool[]
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
Rows = list[list[str | None]]


class Unanswered(Exception):
    """A question that cannot be answered; str() is what to tell."""


def say(line: str) -> None:
    """A line for the user. Whoever does not read on (`| head`) does not end the work."""
    try:
        # Not sys.stdout: during a run that is the run's log file.
        print(line, file=sys.__stdout__, flush=True)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)


def asked(connection: "psycopg.Connection[Any]", statement: str) -> tuple[list[str], Rows]:
    """Column names and rows of one statement, values as text."""
    # A prepared statement is one statement: none can end a read-only transaction and go on.
    result = connection.execute(statement, prepare=True).pgresult
    if result is None or not result.nfields:
        raise Unanswered("that is no query: it has no columns to show")
    columns = range(result.nfields)
    names = [(result.fname(column) or b"").decode() for column in columns]
    return names, [
        [_text(result.get_value(row, column), result.ftype(column)) for column in columns]
        for row in range(result.ntuples)
    ]


def _text(value: bytes | None, oid: int) -> str | None:
    if value is None:
        return None
    text = value.decode()
    if oid == BOOLEAN:
        return "true" if text == "t" else "false"
    if oid == BOOLEANS:
        return re.sub(r"\b[tf]\b", lambda found: {"t": "true", "f": "false"}[found[0]], text)
    return text


def as_table(names: list[str], rows: Rows) -> str:
    """Aligned columns."""
    from omni_pipeline.command.summary import table

    return table(names, [tuple(_shown(value) for value in row) for row in rows])


def as_csv(names: list[str], rows: Rows) -> str:
    """CSV as PostgreSQL's COPY writes it, with a header."""
    lines: Rows = [[*names], *rows]
    return "\n".join(",".join(map(_quoted, line)) for line in lines)


def as_records(names: list[str], rows: Rows) -> str:
    """Each row a block of lines, a line for each column."""
    width = max(map(len, names))
    return "\n".join(
        "\n".join(
            [f"-[ record {number} ]-"]
            + [f"{name:<{width}} | {_shown(value)}" for name, value in zip(names, row, strict=True)]
        )
        for number, row in enumerate(rows, start=1)
    )


def _shown(value: str | None) -> str:
    return '""' if value == "" else plain(value or "")


def plain(text: str) -> str:
    """Text whose control characters, which strangers may have written, no terminal obeys."""
    return _CONTROL.sub(lambda found: f"\\x{ord(found[0]):02x}", text)


def _quoted(value: str | None) -> str:
    if value is None:
        return ""
    if value == "" or re.search(r'[",\r\n]', value):
        return '"' + value.replace('"', '""') + '"'
    return value
