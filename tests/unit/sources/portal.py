"""A scripted Bitrix24 portal, and what its tests ask of a client and of a call."""

from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl

from omni_pipeline.sources.crm import tables
from omni_pipeline.sources.crm.client import Bitrix24
from tests.local_http import (
    Call,
    LocalServer,
    Reply,
)
from tests.rows import accepted

SECRET = "abc0secret0xyz"
FIRST_PAGE = range(1, 51)


class Portal:
    """Contacts 1..n behind `batch`, listed as the portal lists them; faults are queued."""

    def __init__(self, server: LocalServer, contacts: int, *, resolves: bool = True) -> None:
        self.ids = list(range(1, contacts + 1))
        self.resolves = resolves
        server.responder = self.answer

    def answer(self, call: Call) -> Reply:
        commands = call.json["cmd"]
        first = dict(parse_qsl(commands["c0"].partition("?")[2]))
        last: int | str = int(first["filter[>ID]"])
        pages: dict[str, list[dict[str, str]]] = {}
        for number, name in enumerate(commands):
            if number and not self.resolves:
                last = 0
            page = [n for n in self.ids if last == "" or n > int(last)][:50]
            pages[name] = [{"ID": str(n)} for n in page]
            # A reference to the 50th row of a short page is empty, and so is the filter.
            last = page[49] if len(page) == 50 else ""
        empty: list[Any] = []
        return Reply({"result": {"result": pages, "result_error": empty}, "time": {}})


def ids(client: Bitrix24, since: datetime | int | None = None) -> list[int]:
    return [int(row["id"]) for row in accepted(client.rows(tables.CONTACT, since))]


def commands(call: Call) -> list[dict[str, list[str]]]:
    """The parameters of each command of a batch."""
    found = []
    for command in call.json["cmd"].values():
        query: dict[str, list[str]] = {}
        for name, value in parse_qsl(command.partition("?")[2]):
            query.setdefault(name, []).append(value)
        found.append(query)
    return found
