"""What the sandbox pays for its visits: every paid visit is a click, and clicks cost money."""

from collections import Counter
from datetime import UTC, datetime
from typing import Any

import pytest

from omni_pipeline.sandbox.adverts import VK, YANDEX, campaign_of
from omni_pipeline.sandbox.engine import Change, collapse
from omni_pipeline.sandbox.world import plan_until, simulate

PLAN = plan_until(datetime(2026, 11, 20, 12, tzinfo=UTC), people=600, days=30, seed=7)


@pytest.fixture(scope="module")
def journal() -> list[Change]:
    return simulate(PLAN, PLAN.history_ends)


def session(url: str, **marks: str) -> dict[str, Any]:
    columns = ("utm_source", "utm_medium", "utm_campaign", "utm_content", "utm_term")
    return {"landing_url": f"https://shop.example/{url}", **dict.fromkeys(columns), **marks}


def test_which_visits_are_paid() -> None:
    search = YANDEX["search_divany_msk"]
    told = {"utm_source": "yandex", "utm_medium": "cpc", "utm_campaign": "71234501"}
    assert campaign_of(session("", **told)) is YANDEX["71234501"]
    assert campaign_of(session("?yclid=123")) is search
    twice = "?utm_source=vk&utm_medium=cpc&utm_campaign=%25D1%2581%25D0%25BA%25D0%25B8%25D0%25B4"
    assert campaign_of(session(twice)) is None  # a campaign of which the account knows nothing
    post = {"utm_source": "vk", "utm_medium": "social", "utm_campaign": "posev_dom"}
    assert campaign_of(session("", **post)) is None
    assert campaign_of(session("", **post | {"utm_medium": "cpc"})) is VK["posev_dom"]
    assert campaign_of(session("?utm_source=unisender&utm_campaign=71234501")) is None
    assert campaign_of(session("")) is None


def test_networks_count_every_paid_visit_and_a_few_more(journal: list[Change]) -> None:
    visits: Counter[int] = Counter()
    for change in journal:
        if change.table == "bl_web_session" and change.operation == "insert":
            campaign = campaign_of(change.row)
            if campaign:
                visits[campaign.id] += 1
    clicks: Counter[int] = Counter()
    for key, row in collapse(journal)["entity"].items():
        told = row["payload"]
        if key[0] == "yandex_cost":
            clicks[told["CampaignId"]] += told["Clicks"]
            assert told["Cost"] > 0
            assert told["Impressions"] > told["Clicks"] > 0
        elif key[0] == "vk_cost":
            clicks[told["id"]] += told["clicks"]
            assert float(told["spent"]) > 0
    assert set(clicks) == set(visits) == {c.id for c in (*YANDEX.values(), *VK.values())}
    # The rest of the last hour is counted in the next one; fraud is paid back, lost pages are not.
    for number, count in visits.items():
        assert 0.75 * count - 2 <= clicks[number] <= 1.35 * count + 2
    assert sum(clicks.values()) > 1.02 * sum(visits.values())


def test_days_are_restated_and_vanish(journal: list[Change]) -> None:
    seen = Counter(
        (str(change.key[0]), change.operation)
        for change in journal
        if change.table == "entity" and str(change.key[0]).endswith("_cost")
    )
    assert seen["yandex_cost", "update"] > seen["yandex_cost", "insert"]
    assert seen["yandex_cost", "delete"] + seen["vk_cost", "delete"] > 0
