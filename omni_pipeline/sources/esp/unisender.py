"""UniSender client (classic API): campaigns and the last delivery state of every address.

Errors come inside an HTTP 200 as `{"error": …, "code": …}`. The key travels in the POST body, not
in the address, so that no proxy or server log keeps it. Times are UTC without a zone.
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from omni_pipeline.api.answer import Answer, Retry
from omni_pipeline.api.pacing import TokenBucket
from omni_pipeline.api.session import HttpSession
from omni_pipeline.bronze import BronzeTable
from omni_pipeline.bronze.staging import Refused, guarded
from omni_pipeline.sources.esp import tables

KEY_VARIABLE, URL_VARIABLE = "UNISENDER_API_KEY", "UNISENDER_API_URL"
DEFAULT_URL = "https://api.unisender.com/ru/api"
CALLS_PER_SECOND, BURST = 15.0, 60  # the vendor allows 1200 a minute for a key or an address
PAGE = 1_000  # campaigns a call; the vendor's maximum is 10 000
LIMIT_WAIT = 20.0  # seconds; the vendor counts calls by the minute
_UNSENT = {"draft", "waits_censorship", "waits_schedule", "scheduled", "declined"}
_LIMITS = {"api_call_limit_exceeded_for_api_key", "api_call_limit_exceeded_for_ip"}
_KEY_REFUSED = {"invalid_api_key", "access_denied"}


class UniSender:
    """One UniSender account."""

    def __init__(
        self, api_key: str, api_url: str = DEFAULT_URL, *, session: HttpSession | None = None
    ) -> None:
        self._key = api_key
        self._base = api_url.rstrip("/") + "/"
        self._http = session or HttpSession(
            URL_VARIABLE, bucket=TokenBucket(CALLS_PER_SECOND, BURST)
        )
        self._http.redact.add(api_key)

    def check(self) -> str:
        """One cheap call; a sentence for a person."""
        found = self._call("getCampaigns", {"limit": 1})
        return f"UniSender answers; {'campaigns' if found else 'no campaigns yet'} can be read"

    def rows(
        self, table: BronzeTable, since: datetime | int | None = None
    ) -> Iterator[Mapping[str, Any] | Refused]:
        """Rows by column name; `since` limits delivery states to those changed at or after it.

        Raises SourceError when the account cannot be read.
        """
        campaigns = self._campaigns()
        if table.name == tables.UNISENDER_CAMPAIGN.name:
            yield from guarded(
                campaigns, lambda item: {**_named(table, item), "payload": item}, _id
            )
            return
        for item in campaigns:
            # One that cannot be told by an id is in the quarantine of the campaigns.
            told = item.get("id") if isinstance(item, Mapping) else None
            if isinstance(told, str | int) and str(item.get("status")) not in _UNSENT:
                yield from self._deliveries(table, told, since)

    def _campaigns(self) -> Iterator[Any]:
        offset, before = 0, None
        while True:
            page = self._call("getCampaigns", {"limit": PAGE, "offset": offset}) or []
            if not isinstance(page, list):
                raise self._http.refuse("getCampaigns: an answer that is no list")
            if page and page == before:
                raise self._http.refuse("UniSender gives the same page of campaigns again")
            before = page
            yield from page
            if len(page) < PAGE:
                return
            offset += PAGE

    def _deliveries(
        self, table: BronzeTable, campaign_id: Any, since: datetime | int | None
    ) -> Iterator[Mapping[str, Any] | Refused]:
        parameters = {"campaign_id": campaign_id}
        if isinstance(since, datetime):
            parameters["changed_since"] = utc_text(since)
        stats = self._call("getCampaignDeliveryStats", parameters) or {}
        names = stats.get("fields") or [] if isinstance(stats, dict) else None
        data = stats.get("data") or [] if isinstance(stats, dict) else None
        if not isinstance(names, list) or not isinstance(data, list):
            raise self._http.refuse("getCampaignDeliveryStats: an answer without fields and data")

        def row(told: Mapping[str, Any]) -> dict[str, Any]:
            item = dict(zip(names, told["values"], strict=True))
            return {**_named(table, item), **_recipient(item), "campaign_id": campaign_id}

        yield from guarded(({"values": values} for values in data), row)

    def _call(self, method: str, parameters: Mapping[str, Any]) -> Any:
        def judge(answer: Answer) -> None:
            if not answer.is_json or answer.status == 429 or answer.status >= 500:
                return
            fields = answer.fields
            code = str(fields.get("code") or "")
            if fields.get("error") or code:
                self._refuse(method, code or "unspecified", str(fields.get("error") or ""))
            if answer.status == 200 and "result" not in fields:
                raise Retry(f"{method}: an answer without a result")

        body = {"format": "json", "api_key": self._key, **parameters}
        answer = self._http.request(
            "POST", self._base + method, params={"format": "json"}, data=body, judge=judge
        )
        return answer.fields["result"]

    def _refuse(self, method: str, code: str, text: str) -> None:
        said = f"{method}: {code} {text}".strip()
        if code in _LIMITS:
            raise Retry(said, LIMIT_WAIT, throttled=True)
        if code == "retry_later":
            raise Retry(said)
        if code in _KEY_REFUSED:
            raise self._http.refuse(f"UniSender refuses the key ({said})", KEY_VARIABLE)
        raise self._http.refuse(f"UniSender refuses {said}")


def utc_text(moment: datetime) -> str:
    """The moment as 'YYYY-MM-DD hh:mm:ss' UTC; a naive one is UTC already."""
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return aware.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")


def _recipient(item: Mapping[str, Any]) -> dict[str, Any]:
    """The address of a row; a campaign by SMS gives a phone in its place, which is the key then."""
    email = item.get("email") or None
    phone = None if email else (str(item.get("phone") or "").strip() or None)
    return {"email": email or phone, "phone": phone}


def _id(item: Any) -> tuple[Any, ...]:
    return (item["id"],)


def _named(table: BronzeTable, item: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: None if kind != "text" and item.get(name) == "" else item.get(name)
        for name, kind in table.columns.items()
    }
