"""The stub UniSender and SendPulse: envelopes, paging and tokens as the vendors describe them."""

import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from omni_pipeline.api.pacing import Clock
from omni_pipeline.sandbox.api.store import Store

UNISENDER_FIELDS = ["send_result", "last_update"]


class UniSenderStub:
    """getCampaigns and getCampaignDeliveryStats; refusals are HTTP 200 with an error."""

    def __init__(self, store: Store, api_key: str) -> None:
        self._store = store
        self._key = api_key

    def answer(self, method: str, given: Mapping[str, Any]) -> Response:
        """One call."""
        if given.get("api_key") != self._key:
            return _refusal("invalid_api_key", "The specified API key is invalid")
        if method == "getCampaigns":
            found = self._store.select(
                "unisender_campaign",
                {},
                limit=int(given.get("limit") or 10_000),
                offset=int(given.get("offset") or 0),
            )
            return JSONResponse({"result": found})
        if method == "getCampaignDeliveryStats":
            if not given.get("campaign_id"):
                return _refusal("invalid_arg", "campaign_id is not set")
            found = self._store.select("unisender_delivery", {"campaign_id": given["campaign_id"]})
            # Times of one fixed text format compare as text.
            since = str(given.get("changed_since") or "")
            recipient = "phone" if any("phone" in item for item in found) else "email"
            fields = [recipient, *UNISENDER_FIELDS]
            rows = [
                [item.get(name) for name in fields]
                for item in found
                if str(item.get("last_update")) >= since
            ]
            return JSONResponse({"result": {"fields": fields, "data": rows}})
        return _refusal("unknown_method", f"Method {method} is unknown")


class SendPulseStub:
    """Tokens, /campaigns, /smtp/emails and its total; letters come newest first."""

    def __init__(
        self, store: Store, client_id: str, client_secret: str, clock: Clock, token_seconds: float
    ) -> None:
        self._store = store
        self._credentials = (client_id, client_secret)
        self._clock = clock
        self._token_seconds = token_seconds
        self._token_ends: dict[str, float] = {}

    def token(self, given: Mapping[str, Any]) -> Response:
        """A new token for the right credentials."""
        if (given.get("client_id"), given.get("client_secret")) != self._credentials:
            return JSONResponse({"error": "invalid_client", "message": "Unauthorized"}, 401)
        token = secrets.token_hex(16)
        self._token_ends[token] = self._clock.monotonic() + self._token_seconds
        return JSONResponse({"access_token": token, "token_type": "Bearer", "expires_in": 3600})

    def answer(self, path: str, request: Request) -> Response:
        """One GET."""
        token = request.headers.get("authorization", "").removeprefix("Bearer ")
        if self._clock.monotonic() >= self._token_ends.get(token, 0.0):
            return JSONResponse({"error": "invalid_token", "message": "Unauthorized"}, 401)
        query = request.query_params
        limit, offset = int(query.get("limit") or 100), int(query.get("offset") or 0)
        if path == "campaigns":
            found = self._store.select(
                "sendpulse_campaign", {}, order={"ID": "DESC"}, limit=limit, offset=offset
            )
            return JSONResponse(found)
        filters: dict[str, Any] = {}
        if query.get("from"):
            filters[">=send_date"] = query["from"]
        if query.get("to"):
            following = datetime.fromisoformat(query["to"][:10]) + timedelta(days=1)
            filters["<send_date"] = following.strftime("%Y-%m-%d")
        if path == "smtp/emails/total":
            return JSONResponse({"total": self._store.count("sendpulse_email", filters)})
        if path == "smtp/emails":
            found = self._store.select(
                "sendpulse_email", filters, order={"ID": "DESC"}, limit=limit, offset=offset
            )
            return JSONResponse(found)
        return JSONResponse({"message": "Not found", "error_code": 404}, 404)


def _refusal(code: str, text: str) -> Response:
    return JSONResponse({"error": text, "code": code, "result": ""})
