"""The stub Bitrix24 portal: list methods, `batch`, limits and errors with their real shapes."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from omni_pipeline.api.pacing import Clock
from omni_pipeline.sandbox.api import php
from omni_pipeline.sandbox.api.limits import LeakyBucket
from omni_pipeline.sandbox.api.store import PORTAL_ZONE, Store

PAGE = 50
COMMANDS = 50
LISTS = {
    "crm.contact.list": "contact",
    "crm.company.list": "company",
    "crm.requisite.list": "requisite",
    "crm.lead.list": "lead",
    "crm.deal.list": "deal",
    "crm.activity.list": "activity",
    "crm.status.list": "status",
    "crm.currency.list": "currency",
    "user.get": "user",
}
HISTORIES = {"1": "stage_history_lead", "2": "stage_history_deal"}
# Left out of "*": they cost a join each and come only when named.
ON_REQUEST = {"PHONE", "EMAIL", "COMMUNICATIONS"}


class PortalError(Exception):
    """An error as the portal words it, with its HTTP status."""

    def __init__(self, code: str, description: str, status: int = 400) -> None:
        super().__init__(code)
        self.body = {"error": code, "error_description": description}
        self.status = status


class Portal:
    """Answers REST calls from the store."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._bucket = LeakyBucket(clock)

    def answer(self, method: str, parameters: Mapping[str, Any], fault: str | None) -> Response:
        """One call; `fault` may spoil a command of a batch."""
        if not self._bucket.admit():
            body = {"error": "QUERY_LIMIT_EXCEEDED", "error_description": "Too many requests"}
            return JSONResponse(body, 503)
        started = self._clock.time()
        try:
            result = (
                self._batch(parameters, fault)
                if method == "batch"
                else self._call(method, parameters)
            )
        except PortalError as error:
            return JSONResponse(error.body, error.status)
        return JSONResponse({**result, "time": self._time(started)})

    def _call(self, method: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
        """The answer without its time block."""
        if method == "server.time":
            return {"result": self._local(self._clock.time())}
        if method == "crm.stagehistory.list":
            kind = HISTORIES.get(str(parameters.get("entityTypeId")))
            if kind is None:
                raise PortalError("ERROR_CORE", "Entity type is not supported")
            answer = self._list(kind, parameters)
            return {**answer, "result": {"items": answer["result"]}}
        if method == "crm.category.list":
            found = self._store.select("category", {})
            return {"result": {"categories": found}, "total": len(found)}
        if method == "crm.deal.productrows.get":
            rows = self._store.select("product_rows", {"ID": str(parameters.get("id") or 0)})
            return {"result": rows[0]["rows"] if rows else []}
        if method == "user.get":
            parameters = {"start": parameters.get("start") or 0}
        if method not in LISTS:
            raise PortalError("ERROR_METHOD_NOT_FOUND", "Method not found!", 404)
        return self._list(LISTS[method], parameters)

    def _list(self, kind: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
        start = int(parameters.get("start") or 0)
        counted = start >= 0
        offset = start // PAGE * PAGE if counted else 0
        filters = parameters.get("filter") or {}
        found = self._store.select(
            kind,
            filters,
            order=parameters.get("order") or None,
            limit=PAGE,
            offset=offset,
        )
        answer: dict[str, Any] = {
            "result": [_chosen(item, parameters.get("select") or []) for item in found],
            "total": self._store.count(kind, filters) if counted else 0,
        }
        if counted and offset + PAGE < answer["total"]:
            answer["next"] = offset + PAGE
        return answer

    def _batch(self, parameters: Mapping[str, Any], fault: str | None) -> dict[str, Any]:
        asked = parameters.get("cmd") or {}
        commands: dict[str, Any] = (
            {str(n): command for n, command in enumerate(asked)}
            if isinstance(asked, list)
            else asked
        )
        if len(commands) > COMMANDS:
            raise PortalError("ERROR_BATCH_LENGTH_EXCEEDED", "Max batch length exceeded")
        halt = str(parameters.get("halt") or "0").lower() not in ("0", "false", "n")
        parts: dict[str, dict[str, Any]] = {
            name: {} for name in ("result", "result_error", "result_total", "result_next")
        }
        times: dict[str, Any] = {}
        # Spoil a command in the middle, so that good pages come before the error.
        spoiled = list(commands)[len(commands) // 2] if fault == "command_error" else None
        for name, command in commands.items():
            method, _, query = str(command).partition("?")
            try:
                if method == "batch":
                    raise PortalError("ERROR_BATCH_METHOD_NOT_ALLOWED", "Method is not allowed")
                if name == spoiled:
                    raise PortalError("INTERNAL_SERVER_ERROR", "Internal server error", 500)
                answer = self._call(method, php.resolve(php.parse(query), parts["result"]))
            except PortalError as error:
                parts["result_error"][name] = error.body
                if halt:
                    break
                continue
            parts["result"][name] = answer["result"]
            for part, key in (("result_total", "total"), ("result_next", "next")):
                if key in answer:
                    parts[part][name] = answer[key]
            times[name] = self._time(self._clock.time())
        # PHP has one kind of array: an empty map is written as an empty list.
        whole = {**parts, "result_time": times}
        return {"result": {part: content or [] for part, content in whole.items()}}

    def _time(self, started: float) -> dict[str, Any]:
        now = self._clock.time()
        return {
            "start": started,
            "finish": now,
            "duration": now - started,
            "processing": now - started,
            "date_start": self._local(started),
            "date_finish": self._local(now),
            "operating_reset_at": int(now) + 600,
            "operating": 0,
        }

    def _local(self, unix: float) -> str:
        moment = datetime.fromtimestamp(unix, ZoneInfo(PORTAL_ZONE))
        return moment.isoformat(timespec="seconds")


async def parameters_of(request: Request) -> dict[str, Any]:
    """Parameters of a call: a JSON body, else a form, with the query string below them."""
    given = php.parse(request.url.query)
    body = await request.body()
    if "json" in request.headers.get("content-type", ""):
        content = await request.json() if body else {}
        return {**given, **(content if isinstance(content, dict) else {})}
    return {**given, **php.parse(body.decode("utf-8", "replace"))}


def _chosen(item: Mapping[str, Any], select: list[str]) -> dict[str, Any]:
    """Fields of one item: '*' is every plain field, 'UF_*' the user fields, others by name."""
    named = set(select or ["*"])
    return {
        name: value
        for name, value in item.items()
        if name in named
        or ("UF_*" in named and name.startswith("UF_"))
        or ("*" in named and name not in ON_REQUEST and not name.startswith("UF_"))
    }
