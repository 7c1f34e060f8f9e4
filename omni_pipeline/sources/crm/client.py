"""Bitrix24 REST client: bronze rows of one CRM table, streamed, none lost and none twice.

Pure: a webhook address in, rows out. Lists are read in batches chained by id (`batch.py`).
Rows that change while a list is being read are either seen in their new state or carry a later
modification time than the read's start, so the next window, which overlaps, brings them.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, tzinfo
from functools import partial
from itertools import islice, pairwise
from typing import Any
from urllib.parse import urlencode, urlsplit

from omni_pipeline.api.pacing import TokenBucket
from omni_pipeline.api.session import HttpSession
from omni_pipeline.bronze import BronzeTable
from omni_pipeline.bronze.staging import Refused, guarded
from omni_pipeline.errors import ConfigurationError
from omni_pipeline.sources.crm import batch, refusals, tables
from omni_pipeline.sources.crm.decode import decode

VARIABLE = "CRM_WEBHOOK_URL"
# The portal drains 2 calls a second from a bucket of 50; a little less leaves room for others.
CALLS_PER_SECOND, BURST = 1.9, 45
ENTITY_TYPES = (1, 2)  # stage history of leads, of deals

_WEBHOOK = re.compile(r"^/rest/(?:api/)?\d+/([^/]+)/?$")
_CLOCKS = {
    tables.CONTACT.name: "DATE_MODIFY",
    tables.COMPANY.name: "DATE_MODIFY",
    tables.LEAD.name: "DATE_MODIFY",
    tables.DEAL.name: "DATE_MODIFY",
    tables.ACTIVITY.name: "LAST_UPDATED",
}
# What the models read from the payload alone; a list answers with nothing that was not asked for.
_PERSON = ("BIRTHDATE", "ADDRESS_CITY", "ADDRESS_PROVINCE", "ADDRESS_REGION")
_BESIDE = {tables.CONTACT.name: _PERSON, tables.LEAD.name: _PERSON}
# Small lists, read by offset: method, and what it is asked with.
_SMALL: Mapping[str, tuple[str, Mapping[str, Any]]] = {
    tables.STATUS.name: ("crm.status.list", {"order": {"ID": "ASC"}}),
    tables.CATEGORY.name: ("crm.category.list", {"entityTypeId": 2}),
    tables.CURRENCY.name: ("crm.currency.list", {}),
    tables.USER.name: ("user.get", {"sort": "ID", "order": "ASC"}),
}


class Bitrix24:
    """One portal, read with the rights of the incoming webhook's user."""

    def __init__(self, webhook_url: str, *, session: HttpSession | None = None) -> None:
        address = urlsplit(webhook_url.strip())
        secret = _WEBHOOK.match(address.path)
        if address.scheme not in ("http", "https") or not address.hostname or not secret:
            raise ConfigurationError(
                VARIABLE, "expected an address like https://portal.bitrix24.ru/rest/1/secret/"
            )
        self.host = address.hostname
        self._base = webhook_url.strip().rstrip("/") + "/"
        self._http = session or HttpSession(VARIABLE, bucket=TokenBucket(CALLS_PER_SECOND, BURST))
        self._http.redact.add(secret.group(1))
        self._zone: tzinfo | None = None

    def check(self) -> str:
        """One cheap call; a sentence on what the webhook can read."""
        answer = self._call("crm.contact.list", {"select": ["ID"], "start": 0})
        return f"Bitrix24 at {self.host} answers; {answer.get('total', 0)} contacts can be read"

    def readable(self) -> dict[str, str | None]:
        """Of each table: None if rows of it can be read, '' if there are none, else the error.

        One call. A portal shows a user without the right to an entity an empty list.
        """
        commands = {
            table.name: f"crm.{table.name}.list?select[]=ID&start=-1"
            for table in tables.TABLES
            # Who may read a deal may read its product rows.
            if table not in (tables.STAGE_HISTORY, tables.PRODUCT_ROWS) and table.name not in _SMALL
        }
        for name, (method, parameters) in _SMALL.items():
            told = {name: value for name, value in parameters.items() if isinstance(value, int)}
            commands[name] = f"{method}?{urlencode(told)}"
        asked = set(commands)
        for kind in ENTITY_TYPES:
            name = f"{tables.STAGE_HISTORY.name}_{kind}"
            commands[name] = f"crm.stagehistory.list?entityTypeId={kind}&start=-1"
        judge = partial(refusals.judge, self._http, "batch", False)
        body = {"halt": 0, "cmd": commands}
        answer = self._http.request("POST", self._base + "batch", json=body, judge=judge)
        found = batch.first_pages(answer.fields, commands)
        histories = [found.pop(name) for name in list(found) if name not in asked]
        # Rows of one kind are enough, unless the other is refused.
        found[tables.STAGE_HISTORY.name] = max(
            histories, key=lambda said: (bool(said), said is None)
        )
        return {name: said and self._http.redact(said) for name, said in found.items()}

    def rows(
        self, table: BronzeTable, since: datetime | int | None = None
    ) -> Iterator[Mapping[str, Any] | Refused]:
        """Rows by column name, in order of id; None for `since` reads everything.

        A datetime reads what was modified (stage history: created) at or after it, a number
        what has a greater id. Raises SourceError when the portal cannot be read.
        """
        if table.name in _SMALL:
            method, asked = _SMALL[table.name]
            key = _code if table.name == tables.CURRENCY.name else _key
            yield from guarded(self._counted(method, asked), partial(decode, table), key)
        elif table.name == tables.PRODUCT_ROWS.name:
            yield from guarded(self._of_deals(since), partial(decode, table), _owner)
        elif table.name == tables.STAGE_HISTORY.name:
            for entity_type in ENTITY_TYPES:
                listing = batch.Listing(
                    "crm.stagehistory.list",
                    "CREATED_TIME",
                    items=True,
                    parameters={"entityTypeId": entity_type},
                )
                known = partial(decode, table, entity_type_id=entity_type)
                yield from guarded(
                    self._chained(listing, since), known, partial(_key, of=(entity_type,))
                )
        else:
            fields = [name.upper() for name in table.columns] + ["UF_*"] * table.uf
            fields += _BESIDE.get(table.name, ())
            method = f"crm.{table.name}.list"
            # Requisites have two clocks, since DATE_MODIFY is empty until somebody edits them.
            clocks: tuple[str, ...] = ("DATE_CREATE", "DATE_MODIFY")
            if table is not tables.REQUISITE or not isinstance(since, datetime):
                clocks = (_CLOCKS.get(table.name, "DATE_MODIFY"),)
            for clock in clocks:
                listing = batch.Listing(method, clock, select=tuple(fields))
                yield from guarded(self._chained(listing, since), partial(decode, table), _key)

    def _chained(self, listing: batch.Listing, since: datetime | int | None) -> Iterator[Any]:
        """All items after `since` in order of id; one batch of pages in memory at a time."""
        last = since if isinstance(since, int) else 0
        condition = {}
        if isinstance(since, datetime):
            condition[f">={listing.clock}"] = self._local(since)
        # Most hours bring one page: start with one command and double while pages are full.
        count, most = 1, batch.COMMANDS
        while True:
            asked = batch.commands(listing, condition, last, count)
            answer = self._call("batch", {"halt": 1, "cmd": asked}, listing.method)
            for number, page in enumerate(batch.pages(answer)):
                ids = [found for item in page if (found := batch.id_of(item)) is not None]
                if not _follows(ids, last):
                    if number == 0:
                        raise self._http.refuse(
                            f"{listing.method} ignores the order or the filter by ID"
                        )
                    most = 1  # the portal does not resolve references: go on page by page
                    break
                yield from page
                if len(page) < batch.PAGE:
                    return
                if not ids:
                    raise self._http.refuse(f"{listing.method}: a full page without any ID")
                last = ids[-1]
                if batch.id_of(page[-1]) is None:
                    most = 1  # what follows refers to an ID that the last row lacks
                    break
            count = min(count * 2, most)

    def _of_deals(self, since: datetime | int | None) -> Iterator[Any]:
        """Product rows of the deals modified since, one batch of deals in memory at a time."""
        method = "crm.deal.productrows.get"
        listing = batch.Listing("crm.deal.list", "DATE_MODIFY", select=("ID", "DATE_MODIFY"))
        deals = (item for item in self._chained(listing, since) if batch.id_of(item))
        while some := list(islice(deals, batch.COMMANDS)):
            asked = {f"c{n}": f"{method}?id={batch.id_of(deal)}" for n, deal in enumerate(some)}
            body = {"halt": 0, "cmd": asked}
            judge = partial(refusals.judge_each, self._http, method)
            answer = self._http.request("POST", self._base + "batch", json=body, judge=judge)
            results, errors = batch.each(answer.fields)
            for n, deal in enumerate(some):
                if f"c{n}" in results:
                    told = {"OWNER_ID": deal["ID"], "DATE_MODIFY": deal.get("DATE_MODIFY")}
                    yield told | {"ROWS": results[f"c{n}"]}
                elif not errors:
                    raise self._http.refuse(f"{method}: an answer without a command's result")

    def _counted(self, method: str, asked: Mapping[str, Any]) -> Iterator[Any]:
        """Items of a small list read by offset."""
        start = 0
        while True:
            answer = self._call(method, {**asked, "start": start})
            try:
                yield from batch.rows(answer.get("result"))
            except batch.NoList as reason:
                raise self._http.refuse(f"{method}: {reason}") from None
            following = batch.id_of({"ID": answer.get("next")})
            if following is None or following <= start:
                return
            start = following

    def _local(self, moment: datetime) -> str:
        """The moment in the portal's own offset, which portals that ignore offsets read right."""
        if self._zone is None:
            now = str(self._call("server.time", {}).get("result"))
            try:
                self._zone = datetime.fromisoformat(now).tzinfo or UTC
            except ValueError:
                self._zone = UTC
        aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return aware.astimezone(self._zone).isoformat(timespec="seconds")

    def _call(self, method: str, body: Mapping[str, Any], about: str = "") -> Mapping[str, Any]:
        judge = partial(refusals.judge, self._http, about or method, method == "batch")
        return self._http.request("POST", self._base + method, json=body, judge=judge).fields


def _key(item: Any, of: tuple[int, ...] = ()) -> tuple[Any, ...]:
    found = batch.id_of(item)
    return () if found is None else (*of, found)


def _owner(item: Any) -> tuple[Any, ...]:
    """The key of a deal's product rows."""
    return (int(item["OWNER_ID"]),)


def _code(item: Any) -> tuple[Any, ...]:
    """The key of a currency, the only row of the CRM that has no number."""
    return (item["CURRENCY"],)


def _follows(ids: list[int], last: int) -> bool:
    """Whether ids only grow, starting after `last`; a row may come twice."""
    return (not ids or ids[0] > last) and all(a <= b for a, b in pairwise(ids))
