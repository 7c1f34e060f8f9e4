"""Exports of Google Ads: how they are recognised in the folder and what is special about them.

A report downloaded as CSV begins with its title and its period, has a column "Currency code" and
ends with lines of totals; "CSV for Excel" is UTF-16 with tabs. Cost is without VAT; days are those
of the account's zone.
"""

from collections.abc import Sequence

PROVIDER = "google_ads"
REQUIRED = ("day", "campaign_name", "currency", "cost")
COLUMNS = {
    "day": ("day", "день", "дата"),
    "campaign_name": ("campaign", "кампания"),
    "campaign_id": ("campaign id", "идентификатор кампании", "код кампании"),
    "campaign_type": ("campaign type", "тип кампании"),
    "account": ("customer id", "account name", "account", "идентификатор клиента", "аккаунт"),
    "network": ("network", "network (with search partners)", "сеть"),
    "currency": ("currency code", "код валюты"),
    "cost": ("cost", "стоимость", "расходы"),
    "impressions": ("impr.", "impressions", "показы"),
    "clicks": ("clicks", "клики"),
    "conversions": ("conversions", "конверсии"),
}
_TOTALS = ("total", "итого", "всего")


def is_total(cells: Sequence[str]) -> bool:
    """Whether a line sums up others."""
    return bool(cells) and cells[0].strip().lower().startswith(_TOTALS)
