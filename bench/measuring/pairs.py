"""Pairs of bigint out of and into a database by COPY, in CSV and in binary: the peer's two ways."""

import io
from typing import Any

import numpy as np
import pandas as pd
import psycopg

# A row of two bigint in COPY's binary format: field count, then length and value of each.
PAIR = np.dtype([("n", ">i2"), ("l1", ">i4"), ("x", ">i8"), ("l2", ">i4"), ("y", ">i8")])
SIGNATURE, END = b"PGCOPY\n\377\r\n\0" + bytes(8), b"\377\377"
Pairs = np.ndarray[tuple[int, int], np.dtype[np.int64]]


def csv_out(connection: psycopg.Connection[Any], query: str) -> Pairs:
    """The query's pairs by COPY in CSV, read by pandas."""
    text = io.BytesIO(read(connection, f"copy ({query}) to stdout (format csv)"))
    return pd.read_csv(text, header=None, dtype=np.int64).to_numpy()


def csv_in(connection: psycopg.Connection[Any], pairs: Pairs) -> None:
    """Pairs into bench.label by COPY in CSV, written by pandas."""
    text = io.BytesIO()
    pd.DataFrame(pairs).to_csv(text, header=False, index=False)
    write(connection, "copy bench.label from stdin (format csv)", text.getvalue())


def binary_out(connection: psycopg.Connection[Any], query: str) -> Pairs:
    """The query's pairs by COPY in binary, of which numpy takes a view."""
    data = read(connection, f"copy ({query}) to stdout (format binary)")
    rows = np.frombuffer(data[len(SIGNATURE) : -len(END)], dtype=PAIR)
    return np.column_stack([rows["x"], rows["y"]]).astype(np.int64)


def binary_in(connection: psycopg.Connection[Any], pairs: Pairs) -> None:
    """Pairs into bench.label by COPY in binary."""
    rows = np.zeros(len(pairs), dtype=PAIR)
    rows["n"], rows["l1"], rows["l2"] = 2, 8, 8
    rows["x"], rows["y"] = pairs[:, 0], pairs[:, 1]
    data = SIGNATURE + rows.tobytes() + END
    write(connection, "copy bench.label from stdin (format binary)", data)


def read(connection: psycopg.Connection[Any], statement: str) -> bytes:
    """All that a COPY sends."""
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        return b"".join(copy)


def write(connection: psycopg.Connection[Any], statement: str, data: bytes) -> None:
    """Send data to a COPY, a megabyte at a time."""
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        for start in range(0, len(data), 2**20):
            copy.write(data[start : start + 2**20])
