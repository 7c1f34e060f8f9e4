"""What the shop pays for its paid visits: daily statistics of a Yandex Direct and a VK Ads account.

Belongs here: counting the paid visits that the site recorded, their price, and the restatements
that networks make afterwards. Does not belong here: where visits come from (`traffic.py`), the
networks' interfaces (`api/ads.py`).

Prices are such that advertising costs a tenth of the revenue that its channels bring, and one
campaign, in the network of Yandex, is clicked on in passing and loses money: there to be found.

A click costs money whether or not the page loaded, so networks count a little more than the site.
Each hour moves the figures of the day; after three days clicks called fraud are paid back, and a
day of a campaign may vanish altogether. Random numbers are drawn by visit and by campaign and day,
apart from the world's own, so that advertising changes nothing in the life of the shop.
"""

import re
from dataclasses import dataclass
from datetime import date
from random import Random
from typing import Any
from urllib.parse import unquote

from omni_pipeline.sandbox import portal
from omni_pipeline.sandbox.engine import DAY, HOUR, MOSCOW_OFFSET, Row, local
from omni_pipeline.sandbox.state import World

RESTATED_AFTER = 3  # days
WITHDRAWN = 0.02  # share of days of a campaign, of those with fraud, that go altogether
LOST_CLICKS = 0.12  # share of clicks after which no page was seen
_MARK = re.compile(r"[?&](utm_source|utm_medium|utm_campaign|yclid)=([^&#?]*)")


@dataclass(frozen=True)
class Campaign:
    """A campaign: its id and name at the network, price of a click in kopecks, shows per click."""

    system: str
    id: int
    name: str
    kind: str
    network: str
    click_kopecks: int
    shows: int


# By the utm_campaign that visits carry: a name, or the id itself.
YANDEX = {
    "search_divany_msk": Campaign(
        "yandex", 70110021, "search_divany_msk", "TEXT_CAMPAIGN", "SEARCH", 3_300, 14
    ),
    "rsya_remarketing": Campaign(
        "yandex", 70110034, "rsya_remarketing", "TEXT_CAMPAIGN", "AD_NETWORK", 1_150, 190
    ),
    "71234501": Campaign(
        "yandex", 71234501, "Поиск | кресла | МСК", "UNIFIED_CAMPAIGN", "SEARCH", 2_350, 17
    ),
}
VK = {
    "скидки_🔥_ноябрь": Campaign("vk", 9001001, "скидки_🔥_ноябрь", "", "", 2_000, 110),
    "retarget_cart": Campaign("vk", 9001002, "retarget_cart", "", "", 1_900, 75),
    "posev_dom": Campaign("vk", 9001003, "posev_dom", "", "", 1_300, 140),
}
_UNMARKED = "search_divany_msk"  # a yclid alone does not tell the campaign


@dataclass
class _Figures:
    """One campaign on one day."""

    number: int  # of the stored object
    clicks: int = 0
    shows: int = 0
    kopecks: int = 0


class Accounts:
    """The statistics of both accounts, moved on by the world's clock."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._seen = 0
        self._figures: dict[tuple[Campaign, date], _Figures] = {}

    def count(self) -> None:
        """Count the paid visits since the last hour."""
        world = self._world
        world.schedule(world.now + HOUR, self.count)
        moved = {}
        for change in world.changes[self._seen :]:
            if change.table == "bl_web_session" and change.operation == "insert":
                campaign = campaign_of(change.row)
                if campaign:
                    key = (campaign, local(change.at).date())
                    self._click(key, int(change.row["id"]))
                    moved[key] = self._figures[key]
        self._seen = len(world.changes)
        for (campaign, day), figures in moved.items():
            payload = _payload(campaign, day, figures)
            kind = f"{campaign.system}_cost"
            if (kind, figures.number) in world.entities:
                portal.change(world, kind, figures.number, **payload)
            else:
                portal.save(world, kind, figures.number, payload)

    def restate(self) -> None:
        """Pay back the fraud of three days ago."""
        world = self._world
        world.schedule(world.now + DAY, self.restate)
        then = local(world.now - RESTATED_AFTER * DAY).date()
        for (campaign, day), figures in self._figures.items():
            kind = f"{campaign.system}_cost"
            if day != then or (kind, figures.number) not in world.entities:
                continue
            rng = Random(f"{world.plan.seed}:restate:{campaign.id}:{day}")
            fraud = sum(rng.random() < 0.05 for _ in range(figures.clicks))
            if not fraud:
                continue
            if fraud == figures.clicks or rng.random() < WITHDRAWN:
                portal.remove(world, kind, figures.number)
                continue
            figures.kopecks -= figures.kopecks * fraud // figures.clicks
            figures.clicks -= fraud
            portal.change(world, kind, figures.number, **_payload(campaign, day, figures))

    def _click(self, key: tuple[Campaign, date], session: int) -> None:
        campaign = key[0]
        figures = self._figures.get(key)
        if figures is None:
            number = self._world.next_id(f"{campaign.system}_cost")
            figures = self._figures[key] = _Figures(number)
        rng = Random(f"{self._world.plan.seed}:click:{session}")
        for _ in range(1 + (rng.random() < LOST_CLICKS)):
            figures.clicks += 1
            figures.kopecks += round(campaign.click_kopecks * (0.6 + 0.8 * rng.random()))
            figures.shows += rng.randrange(campaign.shows // 2, campaign.shows * 3 // 2)


def open_accounts(world: World) -> None:
    """Both accounts with their campaigns, and the clock that moves their statistics."""
    for number, campaign in enumerate(VK.values(), start=1):
        portal.save(world, "vk_ad_plan", number, {"id": campaign.id, "name": campaign.name})
    accounts = Accounts(world)
    midnight = world.now - (world.now + MOSCOW_OFFSET) % DAY + DAY
    world.schedule(world.now + HOUR, accounts.count)
    world.schedule(midnight + 5 * HOUR, accounts.restate)


def campaign_of(session: Row) -> Campaign | None:
    """The paid campaign behind a visit, by its columns or its landing URL."""
    url = unquote(unquote(session["landing_url"]))
    marks = {
        **dict(_MARK.findall(url)),
        **{n: v for n, v in session.items() if v and n[:3] == "utm"},
    }
    if marks.get("utm_source") in ("yandex", "YaDirect") and "utm_campaign" in marks:
        return YANDEX.get(marks["utm_campaign"])
    if marks.get("utm_source") == "vk" and marks.get("utm_medium") == "cpc":
        return VK.get(marks.get("utm_campaign", ""))
    return YANDEX[_UNMARKED] if "yclid" in marks else None


def _payload(campaign: Campaign, day: date, figures: _Figures) -> dict[str, Any]:
    if campaign.system == "vk":
        return {
            "id": campaign.id,
            "date": day.isoformat(),
            "shows": figures.shows,
            "clicks": figures.clicks,
            "spent": f"{figures.kopecks / 100:.2f}",
        }
    return {
        "Date": day.isoformat(),
        "CampaignId": campaign.id,
        "CampaignName": campaign.name,
        "CampaignType": campaign.kind,
        "AdNetworkType": campaign.network,
        "Impressions": figures.shows,
        "Clicks": figures.clicks,
        "Conversions": None,
        "Cost": figures.kopecks * 10_000,
    }
