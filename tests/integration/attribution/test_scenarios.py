"""The stories of tests/scenarios/attribution.yml, hour by hour and from empty, in one warehouse.

Facts are told to the models behind them (tests/integration/journey/facts.py); people of one
scenario never meet those of another. What was left out, and why, is asked of marts.explain_order.
"""

import re
import shutil
import tempfile
import uuid
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.integration.journey.facts import Row, rows, telling
from tests.integration.journey.story import Story

FILE = Path(__file__).resolve().parents[2] / "scenarios" / "attribution.yml"
PLAYED: dict[str, Any] = yaml.safe_load(FILE.read_text(encoding="utf-8"))
SCENARIOS: list[dict[str, Any]] = PLAYED["scenarios"]
HOURS = max(len(scenario["hours"]) for scenario in SCENARIOS)
CASES = [
    pytest.param(number, hour, id=f"{scenario['name']}: hour {hour + 1}".replace(" ", "_"))
    for number, scenario in enumerate(SCENARIOS)
    for hour in range(len(scenario["hours"]))
]
# Facts by the first word that names them; the rest of a name is free. Priorities are those of
# macros/touches.sql.
KINDS = {
    "letter": ("email_click", 1, None),
    "visit": ("web_session", 3, None),
    "call": ("call", 4, "call_other"),
    "tracked": ("call", 4, "call_trunk"),
    "note": ("crm_source", 5, None),
}
Credit = dict[str, dict[str, int]]


class Told(Story):
    """The facts of one scenario, by the names that the scenario gives them."""

    def __init__(self, number: int) -> None:
        super().__init__(seed=number, people=0)
        self.number = number

    def key(self, name: str) -> str:
        return f"{self.number:02d} {name}"

    def who(self, name: str) -> str | None:
        known = uuid.uuid5(uuid.NAMESPACE_URL, f"{self.number} {name}")
        return None if name == "nobody" else str(known)

    def happen(self, line: list[Any]) -> None:
        """One line under `happens`."""
        what, how, value = line
        match = re.fullmatch(r"(.+) of (\w+)", what)
        if match and isinstance(how, float):
            self._buys(match[1], match[2], how, f"{value}")
        elif match:
            self._comes(match[1], match[2], how, f"{value}")
        elif how == "is about":
            about = value if value.startswith("deal") else self.key(value)
            self.touches[self.key(what)]["about"] = about.lower()
        elif how == "belongs to":
            self.touches[self.key(what)]["customer_uuid"] = self.who(value)
        elif how == "is worth":
            self.conversions[f"order:{self.key(what)}"]["revenue_kopecks"] = kopecks(value)
        else:
            assert (how, value) == ("is", "cancelled"), f"{line}: unknown"
            gone = {"is_cancelled": True, "revenue_kopecks": 0}
            self.conversions[f"order:{self.key(what)}"].update(gone)

    def _comes(self, name: str, who: str, channel: str, at: str) -> None:
        words = [word for word in name.split() if word in KINDS]
        kind, priority, rule = KINDS[words[0] if words else "visit"]
        channel, _, campaign = channel.partition(" · ")
        self.touches[self.key(name)] = {
            "touch_id": self.key(name), "customer_uuid": self.who(who), "at": f"{at}+00",
            "touch_type": kind, "source": channel, "medium": None, "campaign": campaign or None,
            "channel": channel, "is_direct": channel == "Direct", "is_on_path": True,
            "direction": None, "about": None, "is_answered": None, "is_machine": False,
            "brand": "main", "region": "(unknown)",
            "source_priority": priority, "rule_id": rule, "id_type": "USER", "id_value": "5",
        }  # fmt: skip

    def _buys(self, name: str, who: str, worth: float, at: str) -> None:
        key = f"order:{self.key(name)}"
        self.conversions[key] = {
            "conversion_id": key, "kind": "order", "customer_uuid": self.who(who),
            "at": f"{at}+00", "is_paid": True, "is_cancelled": False, "margin_kopecks": None,
            "revenue_kopecks": kopecks(worth), "refund_kopecks": 0, "brand": "main",
            "region": "(unknown)", "order_id": None, "order_number": self.key(name),
            "deal_id": None, "opened_at": f"{at}+00",
        }  # fmt: skip


def kopecks(roubles: float) -> int:
    """Kopecks of a number as the scenario writes it."""
    return int(Decimal(str(roubles)) * 100)


class Stage:
    """What was published after each hour: credit by conversion and model, and reasons."""

    def __init__(self) -> None:
        self.credit: list[dict[str, Credit]] = []
        self.reasons: list[dict[str, dict[str, dict[str, str]]]] = []
        self.differences: list[str] = []

    def look(self, url: str) -> None:
        credit: dict[str, Credit] = {}
        for row in rows(
            url,
            "select conversion_id, model_id, coalesce(touch_id, channel) as name, credit_kopecks"
            " from marts.fct_attribution where weight > 0",
        ):
            models = credit.setdefault(row["conversion_id"], {})
            models.setdefault(row["model_id"], {})[row["name"]] = row["credit_kopecks"]
        reasons: dict[str, dict[str, dict[str, str]]] = {}
        for row in rows(
            url,
            "select c.conversion_id, e.touch_id, e.model_id, e.reason, e.included, e.weight"
            " from marts.fct_conversion as c"
            " cross join lateral marts.explain_order(c.conversion_id) as e"
            " where e.touch_id is not null",
        ):
            assert row["included"] == (row["reason"] is None), row
            given = credit[row["conversion_id"]][row["model_id"]]
            assert (row["touch_id"] in given) == (row["weight"] > 0), row
            touches = reasons.setdefault(row["conversion_id"], {})
            touches.setdefault(row["touch_id"], {})[row["model_id"]] = row["reason"]
        for row in rows(
            url,
            "select conversion_id, model_id, sum(credit_kopecks)::bigint as credit_kopecks"
            " from marts.order_path where is_included group by 1, 2",
        ):
            given = credit[row["conversion_id"]][row["model_id"]]
            assert row["credit_kopecks"] == sum(given.values()), row
        self.credit.append(credit)
        self.reasons.append(reasons)


def everything(told: list[Told]) -> Story:
    """All scenarios as one story."""
    story = Story(0, people=1)
    for each in told:
        story.touches |= each.touches
        story.conversions |= each.conversions
    return story


@pytest.fixture(scope="module")
def stage(server_url: str, template_database: str) -> Iterator[Stage]:
    folder = Path(tempfile.mkdtemp(prefix="omni-credit-"))
    told = [Told(number) for number in range(len(SCENARIOS))]
    with telling(server_url, template_database, folder) as replay:
        models: list[Row] = [
            {key: str(value).lower() if value is True else value for key, value in line.items()}
            | {"model_id": line["model"]}
            for line in PLAYED["models"]
        ]
        for line in models:
            line.pop("model")
        replay.edit("attribution_models", [*replay.project.rows("attribution_models"), *models])
        replay.edit(
            "attribution_weights",
            [
                {"model_id": line["model"], "by": line["by"], "key": line["of"]}
                | {"weight": line["weight"]}
                for line in PLAYED["weights"]
            ],
        )
        played = Stage()
        for hour in range(HOURS):
            for scenario, each in zip(SCENARIOS, told, strict=True):
                if hour < len(scenario["hours"]):
                    for line in scenario["hours"][hour]["happens"]:
                        each.happen(line)
            everything(told).tell(replay.url)
            replay.build()
            played.look(replay.url)
        replay._dbt("test")
        played.differences = replay.differences_to_rebuild(by_flag=True)
        yield played
    shutil.rmtree(folder, ignore_errors=True)


@pytest.mark.parametrize(("number", "hour"), CASES)
def test_scenario(stage: Stage, number: int, hour: int) -> None:
    scenario, told = SCENARIOS[number], Told(number)
    expected: dict[str, Any] = dict(scenario["hours"][hour])
    expected.pop("happens")
    for what, of in expected.items():
        verb, _, name = what.partition(" of ")
        order = f"order:{told.key(name)}"
        if verb == "credit":
            for model, parts in of.items():
                wanted = {
                    key if key == "(unattributed)" else told.key(key): kopecks(value)
                    for key, value in parts.items()
                }
                found = stage.credit[hour][order][model]
                assert found == wanted, f"{scenario['story']} {what}, {model}"
        else:
            assert verb == "left out", what
            for touch, reasons in of.items():
                found_reasons = stage.reasons[hour][order][told.key(touch)]
                for model, reason in reasons.items():
                    assert found_reasons[model] == reason, f"{what}: {touch}, {model}"


def test_from_empty_it_is_the_same(stage: Stage) -> None:
    assert not stage.differences, "\n".join(stage.differences)
