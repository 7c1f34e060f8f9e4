"""All bronze tables of all sources, found by looking at the folders beside each other.

Adding a source folder adds its tables here without an edit.
"""

from importlib import import_module
from typing import Any

import psycopg

from omni_pipeline.bronze import BronzeTable, ensure_table
from omni_pipeline.ops import ensure_ops
from omni_pipeline.sources import source_names


def tables_of(source: str) -> tuple[BronzeTable, ...]:
    """The bronze tables a source declares."""
    declared: tuple[BronzeTable, ...] = import_module(
        f"omni_pipeline.sources.{source}.tables"
    ).TABLES
    return declared


def ensure_all(connection: psycopg.Connection[Any]) -> None:
    """Create the ops schema and every bronze table, so that all staging models can be built."""
    ensure_ops(connection)
    for source in source_names():
        for table in tables_of(source):
            ensure_table(connection, table)
