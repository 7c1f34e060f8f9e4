"""How the path to an order reads in a terminal and as JSON."""

import json
from datetime import UTC, datetime

from omni_pipeline.attribution.explain import Link, OrderPath, Part, Step, as_json, in_words

AT = datetime(2026, 3, 5, 12, tzinfo=UTC)
LEFT_OUT = Part(False, "outside the lookback", 0.0, 0)
PATH = OrderPath(
    "order:7", "order", "1234", "user:5", AT, True, False, -10_001,
    touches=(
        Step("bitrix.session:1", AT.replace(day=1), "web_session", "Direct", None, None, "user:5",
             None, {"first": LEFT_OUT, "linear": LEFT_OUT}),
        Step("esp:2", AT.replace(day=2), "email_click", "Email", "unisender", "spring",
             "a@shop.example", Link("site_user_email", "b_user", "5", 2),
             {"first": Part(False, "excluded channel", 0.0, 0),
              "linear": Part(True, None, 1.0, -10_001)}),
    ),
    unattributed={"first": -10_001},
)  # fmt: skip


def test_the_path_in_words() -> None:
    said = in_words(PATH)
    for shown in (
        "order:7 of customer 1234 (user:5): 2026-03-05 12:00:00 UTC, paid",
        "net revenue -100.01",
        "2026-03-01 12:00:00",
        "unisender / spring",
        "the buyer's own",
        "a@shop.example",
        "site_user_email (b_user 5, 2 hops)",
        "100.0% -100.01",
        "1 left out by every model: outside the lookback",
        "2 left out by first: excluded channel",
        "first: -100.01 stay (unattributed)",
    ):
        assert shown in said, shown


def test_an_order_that_nobody_led_to() -> None:
    alone = OrderPath("deal:1", "deal", None, None, AT, False, True, 0, (), {"first": 0})
    said = in_words(alone)
    assert "deal:1 of nobody known: 2026-03-05 12:00:00 UTC, cancelled" in said
    assert "No touch of this customer is known before it." in said


def test_a_purchase_in_the_store_says_so() -> None:
    bought = OrderPath(
        "receipt:1", "receipt", None, None, AT, True, False, 500, (), {"first": 500}, "Store"
    )
    assert "first: 5.00 go to Store: bought there, no touch led to it" in in_words(bought)


def test_the_path_as_json() -> None:
    told = json.loads(as_json(PATH))
    assert told["at"] == "2026-03-05T12:00:00+00:00"
    assert told["touches"][1]["link"]["rule"] == "site_user_email"
    assert told["touches"][1]["models"]["linear"] == {
        "included": True, "reason": None, "weight": 1.0, "credit_kopecks": -10_001,
    }  # fmt: skip
