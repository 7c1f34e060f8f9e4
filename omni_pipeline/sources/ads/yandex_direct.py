"""Yandex Direct client: daily cost per campaign and network through the Reports API.

The server answers a report at once (200) or queues it (201, then 202) and says in `retryIn` when
to repeat the identical request. Errors are HTTP 400 with `{"error": {"error_code": …}}`. A report
that takes the server too long is a 502; it is asked for in halves.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from omni_pipeline.api.answer import Answer, Judge, Retry
from omni_pipeline.api.pacing import TokenBucket
from omni_pipeline.api.session import HttpSession
from omni_pipeline.bronze.staging import Refused
from omni_pipeline.sources.ads.periods import Calendar, halves, russian_vat
from omni_pipeline.sources.ads.reading import Reading, Scope, row_of
from omni_pipeline.sources.ads.yandex_report import (
    HEADERS,
    CutOff,
    cells,
    request_body,
    whole_lines,
)

PROVIDER = "yandex_direct"
TOKEN_VARIABLE, LOGIN_VARIABLE = "YANDEX_DIRECT_TOKEN", "YANDEX_DIRECT_LOGIN"
URL_VARIABLE = "YANDEX_DIRECT_API_URL"
DEFAULT_URL = "https://api.direct.yandex.com/json/v501"
CALLS_PER_SECOND, BURST = 1.5, 5  # the vendor allows 20 in 10 seconds
LONGEST_REPORT = 1_200.0  # seconds; the hourly run has 3,000 for everything
USUAL_WAIT = 10.0  # seconds, where `retryIn` is missing
YEARS_KEPT = 3
_PASSING = {"52", "56", "506", "1000", "1001", "1002"}  # server busy, request and connection limits
_TOKEN_REFUSED = {"53", "58", "513"}  # bad token, unregistered application, no Direct account
_LOGIN_REFUSED = {"54", "8800"}  # no rights on that client, no such client
_LIMIT_WAIT = 15.0  # seconds; the vendor counts requests by ten seconds


class _TooHeavy(Exception):
    """The server cannot make this report in time."""


@dataclass(frozen=True)
class Account:
    """Who pays: login, currency, and its VAT rate today in per cent."""

    login: str
    currency: str
    vat_rate: Decimal


class YandexDirect:
    """One advertiser: the token's own account, or a client of an agency by its login."""

    def __init__(
        self,
        token: str,
        api_url: str = DEFAULT_URL,
        login: str = "",
        *,
        calendar: Calendar | None = None,
        session: HttpSession | None = None,
    ) -> None:
        self._base = api_url.rstrip("/")
        self._login = login
        self._calendar = calendar or Calendar()
        self._http = session or HttpSession(
            URL_VARIABLE, bucket=TokenBucket(CALLS_PER_SECOND, BURST)
        )
        self._http.redact.add(token)
        self._headers = {"Authorization": f"Bearer {token}", **HEADERS}
        if login:
            self._headers["Client-Login"] = login

    @property
    def name(self) -> str:
        return f"{PROVIDER}/{self._login}".rstrip("/")

    def check(self) -> str:
        """One cheap call; a sentence for a person."""
        account = self._account()
        return f"Yandex Direct answers; {account.login} counts in {account.currency}"

    def read(self, state: str | None, whole: bool) -> Reading:
        """Days since the last read and those that may have been restated; `state` is a day."""
        account = self._account()
        first, last = self._calendar.window(state, whole)
        first = max(first, date(last.year - YEARS_KEPT, last.month, 1))
        scope = Scope({"provider": (PROVIDER,), "account": (account.login,)}, first, last)
        # All of it before the first row: no transaction stays open while a report is waited for.
        lines = self._lines(first, last)
        return Reading(_rows(account, lines), scope, last.isoformat())

    def _lines(self, first: date, last: date) -> list[str]:
        """Lines of the report, asked for in halves where the whole is too heavy."""
        try:
            return whole_lines(self._report(first, last))
        except _TooHeavy:
            pass  # asked for in halves below, outside the handler
        if first == last:
            raise self._http.refuse(f"Yandex Direct cannot make the report of {first} in time")
        return [line for start, end in halves(first, last) for line in self._lines(start, end)]

    def _report(self, first: date, last: date) -> bytes:
        """The finished report; a queued one is asked for until it is ready."""
        body = request_body(first, last, self._http.clock.time())
        waited = 0.0
        while True:
            answer = self._post("reports", body, _report_judge(self._http, bool(self._login)))
            if answer.status == 200:
                return answer.content
            wait = _seconds(answer.headers.get("retryIn"))
            waited += wait
            if waited > LONGEST_REPORT:
                raise self._http.refuse(
                    f"the report of {first} to {last} was not ready after {LONGEST_REPORT:.0f} s; "
                    "the next run asks for it again"
                )
            self._http.wait(wait, f"the report of {first} to {last} is not ready")

    def _account(self) -> Account:
        fields = b'{"method": "get", "params": {"FieldNames": ["Login", "Currency", "VatRate"]}}'

        def judge(answer: Answer) -> None:
            _refusals(self._http, answer, bool(self._login))
            clients = (answer.fields.get("result") or {}).get("Clients")
            if answer.status == 200 and answer.is_json and not clients:
                raise self._http.refuse("Yandex Direct names no account", LOGIN_VARIABLE)

        client = self._post("clients", fields, judge).fields["result"]["Clients"][0]
        return Account(
            str(client["Login"]),
            str(client.get("Currency") or "RUB"),
            Decimal(str(client.get("VatRate") or 0)),
        )

    def _post(self, service: str, body: bytes, judge: Judge) -> Answer:
        headers = {**self._headers, "Content-Type": "application/json; charset=utf-8"}
        return self._http.request(
            "POST",
            f"{self._base}/{service}",
            data=body,
            headers=headers,
            judge=judge,
            any_body=service == "reports",
        )


def _report_judge(http: HttpSession, for_client: bool) -> Judge:
    """A judge for one report: it must be whole; a second 502 says that it is too heavy."""
    timeouts = 0

    def judge(answer: Answer) -> None:
        nonlocal timeouts
        _refusals(http, answer, for_client)
        if answer.status == 502:
            timeouts += 1
            if timeouts > 1:
                raise _TooHeavy
        if answer.status == 200:
            try:
                whole_lines(answer.content)
            except CutOff as error:
                raise Retry(f"answers with {error}") from None

    return judge


def _refusals(http: HttpSession, answer: Answer, for_client: bool) -> None:
    error = answer.fields.get("error")
    if answer.status in (401, 403) and not error:
        raise http.refuse(f"access refused (HTTP {answer.status})", TOKEN_VARIABLE)
    if not isinstance(error, dict) or answer.status >= 500:
        return
    code = str(error.get("error_code") or "")
    text = f"{error.get('error_string') or ''}: {error.get('error_detail') or ''}".strip(": ")
    said = f"{code} {text}".strip()
    if code in _PASSING or (answer.status == 400 and "queue" in text.lower()):
        raise Retry(f"Yandex Direct is busy ({said})", _LIMIT_WAIT, throttled=True)
    if code in _TOKEN_REFUSED:
        raise http.refuse(f"Yandex Direct refuses the token ({said})", TOKEN_VARIABLE)
    if code in _LOGIN_REFUSED:
        variable = LOGIN_VARIABLE if for_client else TOKEN_VARIABLE
        raise http.refuse(f"Yandex Direct refuses the account ({said})", variable)
    raise http.refuse(f"Yandex Direct refuses the request ({said})")


def _seconds(header: str | None) -> float:
    try:
        return min(max(1.0, float(header or USUAL_WAIT)), LONGEST_REPORT)  # nan counts as 1
    except ValueError:
        return USUAL_WAIT


def _rows(account: Account, lines: list[str]) -> Iterator[Mapping[str, Any] | Refused]:
    for found in cells(lines):
        yield found if isinstance(found, Refused) else _row(account, found)


def _row(account: Account, found: Mapping[str, str | None]) -> dict[str, Any]:
    day = found["Date"]
    return row_of(
        provider=PROVIDER,
        account=account.login,
        campaign_id=found["CampaignId"],
        campaign_name=found["CampaignName"],
        campaign_type=found["CampaignType"],
        network=(found["AdNetworkType"] or "").lower(),
        day=day,
        impressions=found["Impressions"],
        clicks=found["Clicks"],
        conversions=found["Conversions"],
        cost=found["Cost"] or "0",
        currency=account.currency,
        vat_included=False,
        vat_rate=_rate_of_day(account, day),
    )


def _rate_of_day(account: Account, day: str | None) -> Decimal:
    """The account tells today's rate only; a Russian one was another on earlier days."""
    try:
        of_day = russian_vat(date.fromisoformat(day or ""))
    except ValueError:
        return account.vat_rate  # the landing refuses the row for its day
    is_russian = account.currency == "RUB" and account.vat_rate > 0
    return of_day if is_russian else account.vat_rate
