"""What a random shop pays for advertising: days of campaigns, restated, in any currency."""

from tests.replay.identifiers import number
from tests.replay.sources import Row, Sources

COSTS = "raw_ads.campaign_cost"
SELLERS = ("yandex_direct", "yandex_direct", "vk_ads", "google_ads", "csv")


class Adverts(Sources):
    """The part of a shop's random life that is paid for."""

    def _cost(self) -> None:
        """A day of a campaign; names and tags are those that visits carry, or others."""
        seller = self._chosen(*SELLERS)
        self._put(
            COSTS,
            {"provider": seller, "account": f"a{number(self.seed, 1)}",
             "campaign_id": str(number(self.seed, self.chance.randint(1, 4))),
             "network": self._chosen("search", "ad_network") if seller != "csv" else "",
             "day": f"2026-{self.chance.randint(1, 4):02d}-{self.chance.randint(1, 28):02d}",
             "campaign_type": None, "origin": None, **self._figures(), **self._tags()},
        )  # fmt: skip

    def _figures(self) -> Row:
        return {
            "cost": self._chosen(0, 0.07, 100, 1999.99, 12.345, -3, None),
            "currency": self._chosen("RUB", "RUB", "RUB", "RUR", "usd", "GBP", None),
            "vat_included": self._chosen(True, False, None),
            "vat_rate": self._chosen(22, 20, 0, None),
            "impressions": self._chosen(0, 100, None), "clicks": self._chosen(0, 7, None),
            "conversions": None,
        }  # fmt: skip

    def _tags(self) -> Row:
        told = self.chance.random() < 0.3
        return {
            "campaign_name": self._campaign(),
            "utm_source": self._chosen("yandex", "VK ", None) if told else None,
            "utm_medium": self._chosen("cpc", "cpm", None) if told else None,
            "utm_campaign": self._campaign() if told else None,
        }

    def _rename(self) -> None:
        """A campaign is renamed: a day is told again, and another network of it late."""
        costs = list(self.state[COSTS].values())
        if not costs:
            return
        told = self.chance.choice(costs)
        name = self._campaign()
        self._put(COSTS, told | {"campaign_name": name})
        network = self._chosen("search", "ad_network", "late")
        self._put(COSTS, told | {"campaign_name": name, "network": network})

    def _restate(self) -> None:
        """A day costs something else, or is told otherwise."""
        self._change(COSTS, **self._chosen(self._figures(), self._figures(), self._tags()))
