"""VK Ads client (ads.vk.com, API v2): daily cost per campaign ("ad plan").

Campaigns are listed with the deleted ones, whose cost stays cost. Statistics come for at most 50
campaigns and 92 days a call; days on which nothing happened come as zeros and are left out. Money
is text in the account's currency, without VAT.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal, InvalidOperation
from functools import partial
from itertools import chain
from typing import Any

from omni_pipeline.api.answer import Answer, Retry
from omni_pipeline.api.pacing import TokenBucket
from omni_pipeline.api.session import HttpSession
from omni_pipeline.bronze.staging import Refused, guarded
from omni_pipeline.sources.ads.periods import Calendar, Money, pieces
from omni_pipeline.sources.ads.reading import Reading, Scope, row_of
from omni_pipeline.sources.ads.vk_application import SECRET_VARIABLE, Application, error_of

PROVIDER = "vk_ads"
TOKEN_VARIABLE, URL_VARIABLE = "VK_ADS_TOKEN", "VK_ADS_API_URL"
DEFAULT_URL = "https://ads.vk.com"
DEFAULT_ACCOUNT = "main"
CALLS_PER_SECOND, BURST = 2.0, 5
PAGE = 200  # campaigns a call
DAYS, CAMPAIGNS = 92, 50  # the most that one call of statistics takes
_TOKEN_REFUSED = {"invalid_token", "expired_token", "unknown_token", "unauthorized"}


class _TokenEnded(Exception):
    """The token of an application is taken no longer; the next one may be."""


class VkAds:
    """One VK Ads account, called `account` in the warehouse.

    It is opened by a token, or by an application that asks for one.
    """

    def __init__(
        self,
        access: str | Application,
        api_url: str = DEFAULT_URL,
        account: str = DEFAULT_ACCOUNT,
        *,
        calendar: Calendar | None = None,
        money: Money | None = None,
        session: HttpSession | None = None,
    ) -> None:
        self._base = api_url.rstrip("/") + "/api/v2/"
        self._account = account
        self._calendar = calendar or Calendar()
        self._money = money or Money()
        self._http = session or HttpSession(
            URL_VARIABLE, bucket=TokenBucket(CALLS_PER_SECOND, BURST)
        )
        self._application = access if isinstance(access, Application) else None
        self._token = access if isinstance(access, str) else ""
        self._http.redact.add(self._token)

    @property
    def name(self) -> str:
        return f"{PROVIDER}/{self._account}"

    def check(self) -> str:
        """One cheap call; a sentence for a person."""
        answer = self._get("ad_plans.json", {"limit": 1, "offset": 0})
        return f"VK Ads answers; {answer.get('count', len(answer['items']))} campaigns can be read"

    def read(self, state: str | None, whole: bool) -> Reading:
        """Days since the last read and those that may have been restated; `state` is a day.

        Only campaigns that are listed can lose a day: what VK no longer lists stays as it was.
        """
        first, last = self._calendar.window(state, whole)
        names, unread = self._campaigns()
        scope = Scope(
            {"provider": (PROVIDER,), "account": (self._account,), "campaign_id": tuple(names)},
            first,
            last,
        )
        return Reading(chain(unread, self._rows(names, first, last)), scope, last.isoformat())

    def _campaigns(self) -> tuple[dict[str, str], list[Refused]]:
        """Names by id, and what has no id to ask statistics for."""
        found: dict[str, str] = {}
        unread: list[Refused] = []
        offset = 0
        while True:
            page = self._get(
                "ad_plans.json",
                {
                    "fields": "id,name",
                    "_status__in": "active,blocked,deleted",
                    "limit": PAGE,
                    "offset": offset,
                },
            )["items"]
            for item in page:
                if isinstance(item, dict) and isinstance(item.get("id"), str | int):
                    found[str(item["id"])] = str(item.get("name") or "")
                else:
                    unread.append(Refused("a campaign without an id", item))
            if len(page) < PAGE:
                return found, unread
            offset += PAGE

    def _rows(
        self, names: Mapping[str, str], first: date, last: date
    ) -> Iterator[Mapping[str, Any] | Refused]:
        ids = list(names)
        for start in range(0, len(ids), CAMPAIGNS):
            for begin, end in pieces(first, last, DAYS):
                yield from self._statistics(ids[start : start + CAMPAIGNS], names, begin, end)

    def _statistics(
        self, ids: Sequence[str], names: Mapping[str, str], first: date, last: date
    ) -> Iterator[Mapping[str, Any] | Refused]:
        answer = self._get(
            "statistics/ad_plans/day.json",
            {
                "id": ",".join(ids),
                "date_from": first.isoformat(),
                "date_to": last.isoformat(),
                "metrics": "base",
            },
        )
        for item in answer["items"]:
            told = item.get("rows") or [] if isinstance(item, dict) else None
            if not isinstance(told, list):
                yield Refused("statistics of a campaign without a list of days", item)
                continue
            campaign = str(item.get("id"))
            yield from guarded(
                (day for day in told if not _is_idle(day)),
                partial(self._row, campaign, names.get(campaign) or None),
                partial(self._key, campaign),
            )

    def _key(self, campaign: str, told: Mapping[str, Any]) -> tuple[Any, ...]:
        return PROVIDER, self._account, campaign, "", told["date"]

    def _row(self, campaign: str, name: str | None, told: Mapping[str, Any]) -> dict[str, Any]:
        base = told.get("base") or {}
        return row_of(
            provider=PROVIDER,
            account=self._account,
            campaign_id=campaign,
            campaign_name=name,
            day=told.get("date"),
            impressions=base.get("shows"),
            clicks=base.get("clicks"),
            conversions=(base.get("vk") or {}).get("goals", base.get("goals")),
            cost=base.get("spent") or "0",
            currency=self._money.currency,
            vat_included=False,
            vat_rate=self._rate(told.get("date")),
        )

    def _rate(self, day: Any) -> Decimal | None:
        try:
            return self._money.rate(date.fromisoformat(str(day)))
        except ValueError:
            return None  # the landing refuses the row for its day

    def _get(self, path: str, parameters: Mapping[str, Any]) -> Mapping[str, Any]:
        try:
            return self._get_once(path, parameters, renewable=self._application is not None)
        except _TokenEnded:
            self._token = ""
        return self._get_once(path, parameters, renewable=False)

    def _get_once(
        self, path: str, parameters: Mapping[str, Any], *, renewable: bool
    ) -> Mapping[str, Any]:
        if self._application and not self._token:
            self._token = self._application.token(self._http, self._base)
        variable = SECRET_VARIABLE if self._application else TOKEN_VARIABLE

        def judge(answer: Answer) -> None:
            error = error_of(answer)
            said = " ".join(error) or f"HTTP {answer.status}"
            if answer.status == 401 or (error and error[0] in _TOKEN_REFUSED):
                if renewable:
                    raise _TokenEnded
                raise self._http.refuse(f"VK Ads refuses the token ({said})", variable)
            if answer.status == 403 and not error:
                raise self._http.refuse(f"access refused ({said})", variable)
            if error and answer.status != 429 and answer.status < 500:
                raise self._http.refuse(f"VK Ads refuses {path}: {said}")
            if answer.status == 200 and not isinstance(answer.fields.get("items"), list):
                raise Retry(f"{path}: an answer without items")

        return self._http.request(
            "GET",
            self._base + path,
            params=dict(parameters),
            headers={"Authorization": f"Bearer {self._token}"},
            judge=judge,
        ).fields


def _is_idle(told: Any) -> bool:
    """Whether nothing happened on a day; one that cannot be read is not idle."""
    base = told.get("base") or {} if isinstance(told, dict) else None
    if not isinstance(base, dict) or base.get("shows") or base.get("clicks"):
        return False
    try:
        return Decimal(str(base.get("spent") or 0)) == 0
    except InvalidOperation:
        return False  # the landing refuses the row and says why
