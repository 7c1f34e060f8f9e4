"""How a figure and what is behind it read in a terminal and as JSON."""

import json
from datetime import UTC, date, datetime
from decimal import Decimal

from omni_pipeline.attribution.figures import Figure, Measure, as_json, in_words

AT = datetime(2026, 3, 5, 12, tzinfo=UTC)
PLACE = {"brand": "main", "region": "north", "source": "yandex", "campaign": "(none)"}
DAY = Figure(
    "channel_performance_daily",
    {"local_date": date(2026, 3, 5), "channel": "Email"},
    {
        "clicks": Measure(None, None),
        "leads": Measure(Decimal("0.250000"), Decimal("0.250000")),
        "sessions": Measure(1, 1),
        "revenue_kopecks": Measure(-10_001, -10_001),
    },
    (
        {"fact": "credit", "fact_id": "order:1", "touch_id": "t1", "at": AT, **PLACE,
         "share": Decimal("0.250000"), "clicks": None, "leads": Decimal("0.250000"), "sessions": 0,
         "revenue_kopecks": -10_001},
        {"fact": "visit", "fact_id": "t2", "touch_id": None, "at": AT, **PLACE, "share": None,
         "clicks": None, "leads": 0, "sessions": 1, "revenue_kopecks": 0},
    ),
)  # fmt: skip


def test_a_day_in_words() -> None:
    said = in_words(DAY).splitlines()
    assert said[0] == "marts.channel_performance_daily: local_date 2026-03-05, channel Email"
    (credit,) = (line for line in said if "order:1" in line)
    for shown in ("2026-03-05 12:00:00", "t1", "25.0%", "north", "leads 0.25, revenue -100.01"):
        assert shown in credit, shown
    (visits,) = (line for line in said if " visit " in line)
    assert "share" not in visits, "a column that none of them fills"
    totals = [line.split() for line in said[said.index("", said.index(visits)) :]]
    assert ["revenue", "-100.01", "-100.01"] in totals
    assert ["leads", "0.25", "0.25"] in totals
    assert not any("clicks" in line for line in said), "nobody knows them, and nobody would"
    assert said[-1] == "Every measure adds up."


def test_unknown_is_not_nothing() -> None:
    wrong = Figure("channel_performance_daily", DAY.of, {"clicks": Measure(3, None)}, DAY.facts)
    said = in_words(wrong)
    assert ["clicks", "3", "unknown"] in [line.split() for line in said.splitlines()]
    assert not wrong.adds_up
    assert "It does not add up" in said


def test_a_figure_as_json() -> None:
    told = json.loads(as_json(DAY))
    assert told["of"] == {"local_date": "2026-03-05", "channel": "Email"}
    assert told["measures"]["revenue_kopecks"] == {"behind": -10_001, "stands": -10_001}
    assert told["facts"][0]["at"] == "2026-03-05T12:00:00+00:00"
    assert told["facts"][0]["leads"] == 0.25
