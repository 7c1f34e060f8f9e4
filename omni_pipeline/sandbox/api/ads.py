"""The stub Yandex Direct (Clients, Reports) and VK Ads: queues, limits and errors as documented.

Reports of Direct: a short period is answered at once, a long one is queued (201), in the making
(202) for two polls, then ready and kept under its name for five hours; the sixth report in the
queue is refused, and so is a name that stood for another request. Money is in millionths unless
`returnMoneyInMicros: false`; the simulated cost is without VAT.
"""

import json
import secrets
import threading
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from omni_pipeline.api.pacing import Clock
from omni_pipeline.sandbox.api.store import Store

LOGIN = "sandbox-shop"
CURRENCY, VAT_RATE = "RUB", 22
ONLINE_DAYS = 120  # a longer report goes to the queue
POLLS, RETRY_IN = 2, 1
QUEUE, KEPT_SECONDS = 5, 5 * 3600
CALLS, CALLS_SECONDS = 20, 10.0
TOKENS = 5  # of one application in one account of VK Ads
_FIELDS = {
    "Date",
    "CampaignId",
    "CampaignName",
    "CampaignType",
    "AdNetworkType",
    "Impressions",
    "Clicks",
    "Conversions",
    "Cost",
}
_NEEDED = ("SelectionCriteria", "FieldNames", "ReportName", "ReportType", "Format", "IncludeVAT")


class _Refused(Exception):
    def __init__(self, code: int, text: str, detail: str = "") -> None:
        super().__init__(text)
        self.body = {
            "error": {
                "request_id": "8695244274068608439",
                "error_code": code,
                "error_string": text,
                "error_detail": detail,
            }
        }


@dataclass
class _Queued:
    """An offline report: what was asked, how often it was polled, its content once ready."""

    asked: str
    at: float
    polls: int = 0
    content: str | None = None


class DirectStub:
    """One advertiser of Yandex Direct."""

    def __init__(self, store: Store, token: str, clock: Clock) -> None:
        self._store = store
        self._token = token
        self._clock = clock
        self._reports: dict[str, _Queued] = {}
        self._calls: deque[float] = deque()
        self._lock = threading.Lock()

    def answer(self, service: str, body: bytes, headers: Mapping[str, str]) -> Response:
        """One POST."""
        try:
            self._admit(headers)
            given = json.loads(body)
            if service == "clients":
                client = {"Login": LOGIN, "Currency": CURRENCY, "VatRate": VAT_RATE}
                return JSONResponse({"result": {"Clients": [client]}})
            if service != "reports":
                raise _Refused(55, "Unknown operation")
            with self._lock:
                return self._report(given["params"], headers)
        except _Refused as refused:
            return JSONResponse(refused.body, 400)
        except (ValueError, KeyError, TypeError):
            return JSONResponse(_Refused(8000, "Invalid request").body, 400)

    def _admit(self, headers: Mapping[str, str]) -> None:
        if headers.get("authorization") != f"Bearer {self._token}":
            raise _Refused(53, "Authorization error")
        if headers.get("client-login", LOGIN) != LOGIN:
            raise _Refused(8800, "Object not found", "Client-Login")
        with self._lock:
            now = self._clock.monotonic()
            while self._calls and now - self._calls[0] > CALLS_SECONDS:
                self._calls.popleft()
            if len(self._calls) >= CALLS:
                raise _Refused(56, "The limit on requests to the method has been exceeded")
            self._calls.append(now)

    def _report(self, asked: Mapping[str, Any], headers: Mapping[str, str]) -> Response:
        missing = [name for name in _NEEDED if name not in asked]
        unknown = set(asked.get("FieldNames", ())) - _FIELDS
        if missing or unknown or asked["Format"] != "TSV":
            detail = ", ".join([*missing, *sorted(unknown)])
            raise _Refused(8000, "Invalid request", detail or "Format")
        criteria = asked["SelectionCriteria"]
        first, last = (date.fromisoformat(criteria[name]) for name in ("DateFrom", "DateTo"))
        if first > last:
            raise _Refused(4001, "Invalid selection criteria", "DateFrom is after DateTo")
        now = self._clock.monotonic()
        self._reports = {n: r for n, r in self._reports.items() if now - r.at < KEPT_SECONDS}
        name, text = asked["ReportName"], json.dumps(asked, sort_keys=True)
        known = self._reports.get(name)
        if known and known.asked != text:
            raise _Refused(4000, "Invalid request parameters", "ReportName is already in use")
        mode = headers.get("processingmode", "auto")
        if known is None and mode != "offline" and (last - first).days < ONLINE_DAYS:
            return _tsv(self._content(asked, headers))
        if known is None:
            return self._enqueue(name, text, now)
        known.polls += 1
        if known.content is None and known.polls > POLLS:
            known.content = self._content(asked, headers)
        return _tsv(known.content) if known.content is not None else self._waiting(202)

    def _enqueue(self, name: str, text: str, now: float) -> Response:
        if self._waiting_reports() >= QUEUE:
            raise _Refused(9000, "Limit exceeded", "Too many reports in the queue")
        self._reports[name] = _Queued(text, now)
        return self._waiting(201)

    def _waiting(self, status: int) -> Response:
        queued = {"retryIn": str(RETRY_IN), "reportsInQueue": str(self._waiting_reports())}
        return Response(b"", status, queued)

    def _waiting_reports(self) -> int:
        return sum(report.content is None for report in self._reports.values())

    def _content(self, asked: Mapping[str, Any], headers: Mapping[str, str]) -> str:
        criteria, fields = asked["SelectionCriteria"], asked["FieldNames"]
        found = self._store.select(
            "yandex_cost", {">=Date": criteria["DateFrom"], "<=Date": criteria["DateTo"]}
        )
        in_micros = headers.get("returnmoneyinmicros") != "false"
        factor = 1 + VAT_RATE / 100 if asked["IncludeVAT"] == "YES" else 1
        lines = []
        if headers.get("skipreportheader") != "true":
            period = f"({criteria['DateFrom']} - {criteria['DateTo']})"
            lines.append(f'"{asked["ReportName"]} {period}"')
        if headers.get("skipcolumnheader") != "true":
            lines.append("\t".join(fields))
        for row in found:
            cost = round(row["Cost"] * factor)
            shown = {**row, "Cost": str(cost) if in_micros else f"{cost / 1_000_000:.2f}"}
            lines.append("\t".join(_cell(shown[name]) for name in fields))
        if headers.get("skipreportsummary") != "true":
            lines.append(f"Total rows: {len(found)}")
        return "\n".join(lines) + "\n"


class VkAdsStub:
    """One account of VK Ads: tokens of its application, campaigns, their statistics by day."""

    def __init__(self, store: Store, client_id: str, client_secret: str) -> None:
        self._store = store
        self._credentials = (client_id, client_secret)
        self._tokens: set[str] = set()

    def token(self, path: str, given: Mapping[str, Any]) -> Response:
        """A new token of the application, or all of them deleted."""
        if (given.get("client_id"), given.get("client_secret")) != self._credentials:
            return JSONResponse({"error": "invalid_client"}, 401)
        if path == "delete.json":
            self._tokens.clear()
            return Response(b"", 204)
        if given.get("grant_type") != "client_credentials":
            return JSONResponse({"error": "unsupported_grant_type"}, 400)
        if len(self._tokens) >= TOKENS:
            told = {"error": "token_limit_exceeded", "error_description": "Too many tokens"}
            return JSONResponse(told, 403)
        token = secrets.token_hex(16)
        self._tokens.add(token)
        return JSONResponse({"access_token": token, "token_type": "bearer", "expires_in": "86400"})

    def answer(self, path: str, request: Request) -> Response:
        """One GET."""
        token = request.headers.get("authorization", "").removeprefix("Bearer ")
        if token not in self._tokens:
            return _vk_error(401, "invalid_token", "Unknown access token")
        query = request.query_params
        if path == "ad_plans.json":
            limit, offset = int(query.get("limit") or 20), int(query.get("offset") or 0)
            items = self._store.select("vk_ad_plan", {}, limit=limit, offset=offset)
            count = self._store.count("vk_ad_plan", {})
            return JSONResponse({"count": count, "offset": offset, "items": items})
        if path == "statistics/ad_plans/day.json":
            return self._statistics(query)
        return _vk_error(404, "not_found", "Unknown resource")

    def _statistics(self, query: Mapping[str, str]) -> Response:
        ids = [int(number) for number in query.get("id", "").split(",") if number]
        first, last = (date.fromisoformat(query[name]) for name in ("date_from", "date_to"))
        if (last - first).days >= 92 or len(ids) > 50 or first > last:
            return _vk_error(400, "validation_failed", "Too many days or objects")
        found = self._store.select("vk_cost", {">=date": first, "<=date": last})
        told: dict[int, list[Any]] = {number: [] for number in ids}
        for row in found:
            if row["id"] in told:
                base = {name: row[name] for name in ("shows", "clicks", "spent")}
                told[row["id"]].append({"date": row["date"], "base": base})
        return JSONResponse(
            {"items": [{"id": number, "rows": rows} for number, rows in told.items()]}
        )


def _cell(value: Any) -> str:
    return "--" if value is None else str(value)


def _tsv(content: str) -> Response:
    return Response(content, media_type="text/tab-separated-values; charset=utf-8")


def _vk_error(status: int, code: str, message: str) -> Response:
    return JSONResponse({"error": {"code": code, "message": message}}, status)
