"""How advertising cost is reached: networks, a folder, a CRM's database; the common settings."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import TypeVar
from zoneinfo import ZoneInfo

from omni_pipeline.bronze.endpoint import DEFAULT_TIMEZONE, ApiEndpoint, Endpoint
from omni_pipeline.errors import SourceError
from omni_pipeline.settings import current
from omni_pipeline.sources.ads import crm_expenses, csv_folder, vk_ads, yandex_direct
from omni_pipeline.sources.ads.crm_rows import NETWORKS
from omni_pipeline.sources.ads.periods import Calendar, Money
from omni_pipeline.sources.ads.reading import Reader
from omni_pipeline.sources.ads.tables import REREAD_DAYS, SOURCE
from omni_pipeline.sources.ads.vk_application import Application

T = TypeVar("T")


def calendar() -> Calendar:
    """Zone, first day and re-read window of the environment. Raises SourceError."""
    return Calendar(
        zone=_setting("ADS_TIMEZONE", lambda text: ZoneInfo(text).key, "a time zone")
        or DEFAULT_TIMEZONE,
        since=_setting("ADS_SINCE", date.fromisoformat, "a day such as 2026-01-31"),
        reread_days=_setting("ADS_REREAD_DAYS", _days, "a number of days") or REREAD_DAYS,
    )


def money() -> Money:
    """Currency and VAT rate of the environment. Raises SourceError."""
    return Money(
        currency=current().get("ADS_CURRENCY", "RUB").upper(),
        vat_rate=_setting("ADS_VAT_RATE", _per_cent, "a per cent such as 20"),
    )


def open_yandex() -> list[Reader]:
    """One client for each login, or one for the token's own account."""
    logins = current().get("YANDEX_DIRECT_LOGIN").split(",")
    named = [login.strip() for login in logins if login.strip()]
    return [
        yandex_direct.YandexDirect(
            current().required("YANDEX_DIRECT_TOKEN"),
            current().get("YANDEX_DIRECT_API_URL", yandex_direct.DEFAULT_URL),
            login,
            calendar=calendar(),
        )
        for login in named or [""]
    ]


def open_vk() -> list[Reader]:
    """The VK Ads account, by a token."""
    return _vk(current().required("VK_ADS_TOKEN"))


def open_vk_application() -> list[Reader]:
    """The VK Ads account, by an application. Raises SourceError when there is a token as well."""
    if current().get("VK_ADS_TOKEN"):
        raise SourceError("VK_ADS_TOKEN", "set either it or VK_ADS_CLIENT_ID, not both")
    return _vk(
        Application(
            current().required("VK_ADS_CLIENT_ID"), current().required("VK_ADS_CLIENT_SECRET")
        )
    )


def _vk(access: str | Application) -> list[Reader]:
    return [
        vk_ads.VkAds(
            access,
            current().get("VK_ADS_API_URL", vk_ads.DEFAULT_URL),
            current().get("VK_ADS_ACCOUNT", vk_ads.DEFAULT_ACCOUNT),
            calendar=calendar(),
            money=money(),
        )
    ]


def open_folder() -> list[Reader]:
    """The folder of CSV files."""
    return [csv_folder.CsvFolder(Path(current().required("ADS_CSV_DIR")), money())]


def open_crm() -> list[Reader]:
    """The CRM's own expenses, less what comes in through another door."""
    named = current().get("ADS_CRM_EXCEPT").split(",")
    by_hand = {code.strip() for code in named if code.strip()}
    read_here = {code for code, doors in NETWORKS.items() if any(map(current().get, doors))}
    return [
        crm_expenses.CrmExpenses(
            current().required("ADS_CRM_DATABASE_URL"),
            calendar=calendar(),
            money=money(),
            elsewhere=by_hand | read_here,
        )
    ]


def open_readers() -> list[Reader]:
    """A reader for every door whose settings are given."""
    return [reader for door, open_door in DOORS if door.configured for reader in open_door()]


def _probe(open_door: Callable[[], list[Reader]]) -> Callable[[], str]:
    return lambda: "; ".join(reader.check() for reader in open_door())


DOORS: tuple[tuple[ApiEndpoint, Callable[[], list[Reader]]], ...] = tuple(
    (ApiEndpoint(SOURCE, variables, _probe(open_door)), open_door)
    for variables, open_door in (
        (("YANDEX_DIRECT_TOKEN",), open_yandex),
        (("VK_ADS_TOKEN",), open_vk),
        (("VK_ADS_CLIENT_ID", "VK_ADS_CLIENT_SECRET"), open_vk_application),
        (("ADS_CSV_DIR",), open_folder),
        (("ADS_CRM_DATABASE_URL",), open_crm),
    )
)


def endpoints() -> list[Endpoint]:
    """The settings that open this source."""
    return [door for door, _ in DOORS]


def _setting(variable: str, read: Callable[[str], T], wanted: str) -> T | None:
    text = current().get(variable).strip()
    if not text:
        return None
    try:
        return read(text)
    except (ValueError, KeyError, OSError, InvalidOperation):
        raise SourceError(variable, f"is not {wanted}") from None


def _days(text: str) -> int:
    days = int(text)
    if days < 1:
        raise ValueError(text)
    return days


def _per_cent(text: str) -> Decimal:
    rate = Decimal(text.rstrip("%"))
    if not 0 <= rate < 100:
        raise ValueError(text)
    return rate
