"""Expenses of the CRM as rows of advertising cost, and which doors leave which sources out."""

from decimal import Decimal
from typing import Any

import pytest

from omni_pipeline.bronze.staging import Refused
from omni_pipeline.errors import ConfigurationError
from omni_pipeline.sources.ads import access
from omni_pipeline.sources.ads.crm_expenses import CrmExpenses
from omni_pipeline.sources.ads.crm_rows import Book, Child, Expense, Source, cost_rows
from omni_pipeline.sources.ads.periods import Money

DAY = "2026-05-03"
BOOK = Book(
    sources={
        1: Source("Листовки", "", "flyer"),
        2: Source("Яндекс", "yandex"),
    },
    children={
        10: Child(0, "скидки_ноябрь"),
        11: Child(10, "Группа"),
        12: Child(11, "диван купить"),
        13: Child(11, "диван недорого"),
        20: Child(21, "a circle"),
        21: Child(20, "of two"),
    },
)


def expense(source: int, child: int = 0, **known: Any) -> Expense:
    """One entry of a thousand rubles with nothing counted, but for what is known."""
    usual = {"day": DAY, "currency": "RUB", "cost": Decimal(1000), "actions": 0, "impressions": 0}
    return Expense(source=source, child=child, **{**usual, **known})


def mapped(*expenses: Expense, money: Money | None = None) -> list[Any]:
    return list(cost_rows(expenses, BOOK, money or Money()))


def test_what_was_typed_is_what_was_paid() -> None:
    (row,) = mapped(expense(1, cost=Decimal("333.34"), actions=7, impressions=None))
    assert {name: value for name, value in row.items() if value is not None} == {
        "provider": "bitrix24",
        "account": "crm",
        "campaign_id": "1",
        "campaign_name": "Листовки",
        "network": "",
        "day": DAY,
        "utm_source": "flyer",
        "clicks": 7,
        "cost": Decimal("333.34"),
        "currency": "RUB",
        "vat_included": True,
        "vat_rate": Decimal(22),
    }


def test_keywords_are_added_up_to_their_campaign() -> None:
    rows = mapped(
        expense(2, 12, cost=Decimal("10.10"), actions=1, impressions=100),
        expense(2, 13, cost=Decimal("0.20"), actions=2, impressions=None),
        expense(2, cost=Decimal(5)),
    )
    told = [(row["campaign_id"], row["campaign_name"], row["cost"], row["clicks"]) for row in rows]
    assert told == [
        ("2", "Яндекс", Decimal(5), 0),
        ("2:10", "скидки_ноябрь", Decimal("10.30"), 3),
    ]
    assert {row["account"] for row in rows} == {"yandex"}
    assert rows[1]["impressions"] == 100


def test_unknown_sources_and_children_keep_their_ids() -> None:
    deleted, circle, orphan = mapped(expense(9), expense(9, 99), expense(9, 20))
    assert (deleted["campaign_id"], deleted["campaign_name"]) == ("9", None)
    assert (orphan["campaign_id"], orphan["account"]) == ("9:99", "crm")
    assert circle["campaign_id"] in ("9:20", "9:21")


def test_empty_marks_of_the_crm_are_no_cost() -> None:
    mark = expense(2, currency="USD", cost=Decimal(0))
    (row,) = mapped(mark, expense(2))
    assert (row["currency"], row["cost"]) == ("RUB", Decimal(1000))
    (shown,) = mapped(expense(2, cost=Decimal(0), impressions=5))
    assert shown["impressions"] == 5


def test_a_second_currency_of_a_day_is_refused() -> None:
    refused, row = mapped(expense(1, currency="EUR", cost=Decimal(9)), expense(1, currency=" rub"))
    assert row["currency"] == "RUB"
    assert isinstance(refused, Refused)
    assert refused.reason == "another currency for the same source and day"
    assert "cost 9" in refused.raw


def test_an_untold_currency_is_that_of_the_settings() -> None:
    (row,) = mapped(expense(1, currency=None), money=Money("EUR"))
    assert (row["currency"], row["vat_rate"]) == ("EUR", 0)


def test_no_amount_and_no_day_are_left_to_the_quarantine() -> None:
    empty, row = mapped(expense(1, cost=None), expense(1, day=None))
    assert isinstance(empty, Refused)
    assert empty.reason == "cost is empty"
    assert (row["day"], row["vat_rate"]) == (None, None)


def test_networks_read_here_are_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    url = "postgresql://reader:canary@127.0.0.1:1/box"
    monkeypatch.setenv("ADS_CRM_DATABASE_URL", url)
    for variable in ("YANDEX_DIRECT_TOKEN", "VK_ADS_TOKEN", "VK_ADS_CLIENT_ID", "ADS_CRM_EXCEPT"):
        monkeypatch.delenv(variable, raising=False)

    def left() -> list[str]:
        (reader,) = access.open_crm()
        assert isinstance(reader, CrmExpenses)
        return reader._elsewhere

    assert left() == []
    monkeypatch.setenv("YANDEX_DIRECT_TOKEN", "y0")
    assert left() == ["yandex"]
    monkeypatch.setenv("VK_ADS_CLIENT_ID", "id")
    assert left() == ["vk", "vkads", "yandex"]
    monkeypatch.delenv("VK_ADS_CLIENT_ID")
    monkeypatch.setenv("VK_ADS_TOKEN", "vk2")
    monkeypatch.setenv("ADS_CRM_EXCEPT", "Google, ")
    assert left() == ["google", "vk", "vkads", "yandex"]


@pytest.mark.parametrize("url", ["oracle://me:canary@h/x", "postgresql://me:canary@127.0.0.1:1/x"])
def test_a_database_that_cannot_be_read_is_one_line(url: str) -> None:
    with pytest.raises(ConfigurationError, match=r"^ADS_CRM_DATABASE_URL: ") as caught:
        CrmExpenses(url).read(None, False)
    assert "canary" not in str(caught.value)
