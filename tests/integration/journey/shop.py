"""A shop whose sources a test tells row by row, over a part of the real dbt project."""

import os
import shutil
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self
from unittest import mock

import psycopg
from psycopg.rows import dict_row

from tests.conftest import REPOSITORY
from tests.replay.runner import Replay
from tests.replay.scopes import Scope
from tests.replay.sources import Address, Row
from tests.replay.worlds import Landing

PROJECT = REPOSITORY / "dbt_project"


def small_project(
    folder: Path, files: Iterable[str], folders: Iterable[str], written: Mapping[str, str]
) -> Path:
    """A part of the real project under `folder`, with models of the test's own beside it."""
    for name in files:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(PROJECT / name, folder / name)
    for name in folders:
        shutil.copytree(PROJECT / name, folder / name)
    for name, text in written.items():
        (folder / "models" / name).write_text(text)
    return folder


class Shop(Replay):
    """One shop: `put` and `drop` change its sources, `hour` lands them and runs the models."""

    defaults: Mapping[Address, Row] = {}  # what a row says unless told otherwise

    def __init__(self, server_url: str, template: str, folder: Path, scope: Scope) -> None:
        super().__init__(server_url, template, folder, scope)
        self.held: dict[Address, dict[int, Row]] = {}
        self.dirty: set[Address] = set()

    @classmethod
    @contextmanager
    def opened(cls, server_url: str, template: str, project: Path, scope: Scope) -> Iterator[Self]:
        """An empty shop over a small project; its warehouse ends with it."""
        with mock.patch.dict(os.environ, OMNI_REPLAY_PROJECT=str(project)):
            shop = cls(server_url, template, project.parent, scope)
        try:
            yield shop
        finally:
            shop.close()

    def put(self, table: Address, key: int, **fields: Any) -> None:
        """A row comes or changes."""
        rows = self.held.setdefault(table, {})
        rows[key] = {**self.defaults.get(table, {}), **rows.get(key, {}), "id": key, **fields}
        self.dirty.add(table)

    def drop(self, table: Address, key: int) -> None:
        """A row disappears from the source."""
        del self.held[table][key]
        self.dirty.add(table)

    def close_down(self) -> None:
        """Everything disappears from the sources; the next hour sees it."""
        for table in self.held:
            self.held[table].clear()
            self.dirty.add(table)

    def hour(self) -> None:
        """Land what changed, each table whole, and run the models."""
        tables = sorted(self.dirty)
        self.land([Landing(t, list(self.held[t].values()), complete=True) for t in tables])
        self.dirty.clear()
        self.set_bound()
        self.build()

    def rows(self, query: str) -> list[Row]:
        """Rows of a query as dictionaries."""
        with psycopg.connect(self.url, row_factory=dict_row) as connection:
            return list(connection.execute(query))
