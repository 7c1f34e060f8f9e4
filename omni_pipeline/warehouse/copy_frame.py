"""A query's rows as a typed data frame, by COPY.

2 million ledger entries arrive in a fraction of the time and memory that rows fetched as Python
objects take, and nothing passes through a type that could round it.
"""

import io
from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd
import psycopg
from psycopg import sql


def copy_frame(
    connection: psycopg.Connection[Any], query: sql.Composable, columns: Mapping[str, str]
) -> pd.DataFrame:
    """Rows of `query` under the names and pandas types of `columns`; null and '' are both missing.

    Booleans must be selected as 0 and 1, columns of type int64 must not be null.
    """
    times = [name for name, kind in columns.items() if kind.startswith("datetime")]
    statement = sql.SQL("copy ({}) to stdout (format csv)").format(query)
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        rows = pd.read_csv(
            io.BufferedReader(_CopyStream(iter(copy)), 1 << 20),
            header=None,
            names=list(columns),
            dtype={name: kind for name, kind in columns.items() if name not in times},
            true_values=["1"],
            false_values=["0"],
            parse_dates=times,
            date_format="ISO8601",
            keep_default_na=False,
            na_values=[""],
        )
    return rows.astype(dict.fromkeys(times, "datetime64[us]"))


class _CopyStream(io.RawIOBase):
    """The blocks of a COPY as a readable file, so that no table is held as text in memory."""

    def __init__(self, blocks: Iterator[Any]) -> None:
        self._blocks = blocks
        self._rest = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        if not self._rest:
            self._rest = memoryview(next(self._blocks, b""))
        size = min(len(buffer), len(self._rest))
        buffer[:size] = self._rest[:size]
        self._rest = self._rest[size:]
        return size
