"""SendPulse client: campaigns and letters sent through its SMTP service.

OAuth client credentials; a token lives an hour and is renewed before its end, and once when the
server calls it expired early. Letters are paged by offset, newest first: letters that arrive while
reading push known ones onto the next page, where they are dropped. Times are UTC without a zone.
"""

from collections import deque
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from functools import partial
from typing import Any

from omni_pipeline.api.answer import Answer, Retry
from omni_pipeline.api.pacing import TokenBucket
from omni_pipeline.api.session import HttpSession
from omni_pipeline.bronze import BronzeTable
from omni_pipeline.bronze.staging import Refused, guarded
from omni_pipeline.sources.esp import tables

SECRET_VARIABLE, URL_VARIABLE = "SENDPULSE_CLIENT_SECRET", "SENDPULSE_API_URL"
DEFAULT_URL = "https://api.sendpulse.com"
CALLS_PER_SECOND, BURST = 9.0, 9  # the vendor allows 10 a second
PAGE = 100
REMEMBERED = 10 * PAGE  # ids; more letters than that do not arrive between two calls
USUAL_LIFE = 3_600.0  # seconds a token lives
RENEW_BEFORE = 60.0  # seconds before the token's end


class _TokenExpired(Exception):
    """The server no longer takes the token."""


class SendPulse:
    """One SendPulse account."""

    def __init__(
        self,
        client_id: str,
        client_secret: str,
        api_url: str = DEFAULT_URL,
        *,
        session: HttpSession | None = None,
    ) -> None:
        self._credentials = {"client_id": client_id, "client_secret": client_secret}
        self._base = api_url.rstrip("/")
        self._http = session or HttpSession(
            URL_VARIABLE, bucket=TokenBucket(CALLS_PER_SECOND, BURST)
        )
        self._http.redact.add(client_secret)
        self._token = ""
        self._token_ends = 0.0

    def check(self) -> str:
        """One cheap call; a sentence for a person."""
        answer = self._get("/smtp/emails/total", {})
        total = answer.get("total", 0) if isinstance(answer, dict) else 0
        return f"SendPulse answers; {total} letters can be read"

    def rows(
        self, table: BronzeTable, since: datetime | int | None = None
    ) -> Iterator[Mapping[str, Any] | Refused]:
        """Rows by column name; `since` limits letters to those sent on or after its UTC day.

        Raises SourceError when the account cannot be read.
        """
        if table.name == tables.SENDPULSE_CAMPAIGN.name:
            yield from guarded(self._paged("/campaigns", {}), partial(_row, table), _key)
            return
        window = {}
        if isinstance(since, datetime):
            aware = since if since.tzinfo else since.replace(tzinfo=UTC)
            window["from"] = aware.astimezone(UTC).strftime("%Y-%m-%d")
        yield from guarded(self._paged("/smtp/emails", window), partial(_letter, table), _key)

    def _paged(self, path: str, parameters: Mapping[str, Any]) -> Iterator[Any]:
        """Items of a list read by offset, each once even when the list moves."""
        recent: deque[str] = deque(maxlen=REMEMBERED)
        offset, barren = 0, 0
        while True:
            page = self._get(path, {**parameters, "limit": PAGE, "offset": offset}) or []
            if not isinstance(page, list):
                raise self._http.refuse(f"{path}: an answer that is no list")
            known = set(recent)
            ids = {str(item.get("id")) for item in page if isinstance(item, Mapping)}
            barren = barren + 1 if known >= ids else 0
            if barren > REMEMBERED // PAGE:
                raise self._http.refuse(f"{path} gives the same letters again and again")
            for item in page:
                told = item.get("id") if isinstance(item, Mapping) else None
                if not isinstance(told, str | int):  # `land` says what is wrong with it
                    yield item
                elif str(told) not in known:
                    recent.append(str(told))
                    yield item
            if len(page) < PAGE:
                return
            offset += PAGE

    def _get(self, path: str, parameters: Mapping[str, Any]) -> Any:
        try:
            return self._get_once(path, parameters)
        except _TokenExpired:
            self._token_ends = 0.0
        try:
            return self._get_once(path, parameters)
        except _TokenExpired:
            pass  # raised below, outside the handler, so that nothing is chained to it
        raise self._http.refuse("SendPulse refuses a fresh token", SECRET_VARIABLE)

    def _get_once(self, path: str, parameters: Mapping[str, Any]) -> Any:
        def judge(answer: Answer) -> None:
            if answer.status == 401:
                raise _TokenExpired
            _judge(self._http, path, answer)

        return self._http.request(
            "GET",
            self._base + path,
            params=dict(parameters),
            headers={"Authorization": f"Bearer {self._fresh_token()}"},
            judge=judge,
        ).body

    def _fresh_token(self) -> str:
        now = self._http.clock.monotonic()
        if now < self._token_ends:
            return self._token

        def judge(answer: Answer) -> None:
            if answer.status in (400, 401, 403):
                raise self._http.refuse(
                    "SendPulse refuses the client id and secret", SECRET_VARIABLE
                )
            if answer.status == 200 and answer.is_json and not answer.fields.get("access_token"):
                raise Retry("an answer without a token")

        answer = self._http.request(
            "POST",
            f"{self._base}/oauth/access_token",
            json={"grant_type": "client_credentials", **self._credentials},
            judge=judge,
        ).fields
        self._token = str(answer["access_token"])
        self._http.redact.add(self._token)
        self._token_ends = now + _seconds(answer.get("expires_in")) - RENEW_BEFORE
        return self._token


def _seconds(value: Any) -> float:
    try:
        return min(max(0.0, float(value)), USUAL_LIFE)  # nan counts as 0
    except (TypeError, ValueError):
        return USUAL_LIFE


def _judge(http: HttpSession, path: str, answer: Answer) -> None:
    fields = answer.fields
    failed = fields.get("success") is False or "error_code" in fields
    if failed and answer.status < 429:
        said = f"{path}: {fields.get('error_code') or ''} {fields.get('message') or ''}".strip()
        raise http.refuse(f"SendPulse refuses {said}")


def _key(item: Any) -> tuple[Any, ...]:
    return (item["id"],)


def _letter(table: BronzeTable, item: Mapping[str, Any]) -> dict[str, Any]:
    tracking = item.get("tracking")
    counts = tracking if isinstance(tracking, dict) else {}
    return {**_row(table, item), "opened": counts.get("open"), "clicked": counts.get("click")}


def _row(table: BronzeTable, item: Mapping[str, Any]) -> dict[str, Any]:
    row = {
        name: None if kind != "text" and item.get(name) == "" else item.get(name)
        for name, kind in table.columns.items()
    }
    return {**row, "payload": dict(item)}
