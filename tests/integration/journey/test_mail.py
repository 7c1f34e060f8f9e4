"""Letters through the real door: rows of bl_email_events, of SendPulse and UniSender; all models.

What an order's own letters earn (nothing), who opened them, and that an hour equals a rebuild.
"""

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from psycopg.rows import dict_row

from tests.replay.opening import replaying
from tests.replay.runner import Replay
from tests.replay.scopes import JOURNEY_SCOPE
from tests.replay.worlds import Landing

EVENTS, LETTERS = "raw_esp.bl_email_events", "raw_esp.sendpulse_email"
DELIVERIES, CAMPAIGNS = "raw_esp.unisender_delivery", "raw_esp.unisender_campaign"
Row = dict[str, Any]
ANNA = "anna@s1.example"
BROWSER = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/120.0 Safari/537.36"
GMAIL = "Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)"


def event(key: int, at: str, kind: str = "open", **more: Any) -> Row:
    """A row of the site's handler; times are of one day, UTC."""
    return {
        "id": key, "provider": "sendgrid", "event": kind, "email": ANNA, "campaign_id": "spring",
        "message_id": f"m{key}", "url": None, "event_at": f"2026-03-10 {at}", "payload": None,
        "received_at": f"2026-03-10 {at}", **more,
    }  # fmt: skip


def letter(key: str, subject: str, tracking: Any, sent: str = "2026-03-10 09:00:01") -> Row:
    """A letter as the client of SendPulse gives it."""
    counts = tracking if isinstance(tracking, dict) else {}
    return {
        "id": key, "recipient": ANNA, "subject": subject, "send_date": sent,
        "smtp_answer_code": 250, "opened": counts.get("open"), "clicked": counts.get("click"),
        "payload": {"id": key, "tracking": tracking},
    }  # fmt: skip


# The payload of an open, and whether a person did it.
OPENS: list[tuple[Any, bool]] = [
    ({"sg_machine_open": True}, False),
    ({"sg_machine_open": False, "useragent": BROWSER}, True),
    ({"event-data": {"client-info": {"bot": "apple"}}}, False),
    ({"event-data": {"client-info": {"bot": "", "user-agent": GMAIL}}}, True),
    ({"event-data": {"client-info": {"bot": "gmail"}}}, False),
    ({"is_prefetched": "true"}, False),
    ({"isBot": True}, False),
    ({"UserAgent": "Mozilla/5.0"}, False),
    ({"event_data": {"delivery_info": {"user_agent": "Barracuda Sentinel (EE)"}}}, False),
    ({"event_data": {"delivery_info": {"user_agent": BROWSER}}}, True),
    ({"event": "unique_proxy_open"}, False),
    ([{"robot": "maybe"}, "text", None, 7], True),
    (None, True),
    ("a text", True),
]
TWICE = {"sg_event_id": "e1", "useragent": BROWSER}
FIRST: list[Row] = [
    *(event(100 + n, f"12:{n:02d}:00", payload=told) for n, (told, _) in enumerate(OPENS)),
    # One event delivered three times, by its id and by what it tells.
    *(event(200 + n, "13:00:00", message_id="r1", payload=TWICE) for n in range(3)),
    *(event(210 + n, "13:10:00", message_id="r2", received_at=f"2026-03-10 13:1{n}:00")
      for n in range(3)),
    *(event(220 + n, "13:20:00", message_id=None, campaign_id="c2") for n in range(3)),
    event(230, "13:20:00", message_id="r2", email="boris@s1.example"),
    event(231, "13:10:01", message_id="r2"),
    # A gateway follows every link, then the reader comes.
    event(300, "14:00:00", "delivered", message_id="g1"),
    event(301, "14:00:07", "click", message_id="g1", url="https://shop.example/a"),
    event(302, "14:00:08", "click", message_id="g1", url="https://shop.example/b"),
    event(303, "14:30:00", "click", message_id="g1", url="https://shop.example/b"),
    event(310, "15:00:00", "delivered", message_id="g2"),
    event(311, "15:00:03", "open", message_id="g2"),
    event(312, "15:00:40", "opened", message_id="g2"),
]  # fmt: skip


@pytest.fixture(scope="module")
def shop(server_url: str, template_database: str) -> Iterator[Replay]:
    """Anna bought with order 17 and won deal 9; hour by hour her letters become known."""
    with replaying(server_url, template_database, JOURNEY_SCOPE) as replay:
        replay.land(
            [
                Landing("raw_bitrix.b_user", [{"id": 7, "email": ANNA, "active": "Y"}]),
                Landing(
                    "raw_bitrix.b_sale_order",
                    [{"id": 17, "user_id": 7, "date_insert": "2026-03-10 12:00:01", "price": 500,
                      "currency": "RUB", "status_id": "F", "payed": "Y", "canceled": "N",
                      "lid": "s1", "account_number": "A-17"}],
                ),
                Landing("raw_crm.contact", [{"id": 4, "email": [{"VALUE": ANNA}]}]),
                Landing(
                    "raw_crm.deal",
                    [{"id": 9, "contact_id": 4, "stage_semantic_id": "S", "stage_id": "WON",
                      "opportunity": 900, "currency_id": "RUB", "closed": "Y",
                      "date_create": "2026-03-12T10:00:00+00:00",
                      "date_modify": "2026-03-12T10:00:00+00:00"}],
                ),
                Landing(
                    "raw_crm.stage_history",
                    [{"id": 1, "entity_type_id": 2, "owner_id": 9, "stage_semantic_id": "S",
                      "stage_id": "WON", "created_time": "2026-03-20T10:00:00+00:00"}],
                ),
                # A chat that made the deal, and one about it.
                Landing(
                    "raw_crm.activity",
                    [{"id": key, "owner_id": 9, "owner_type_id": 2, "provider_id": "IMOPENLINES",
                      "communications": [{"TYPE": "EMAIL", "VALUE": ANNA, "ENTITY_ID": "4",
                                          "ENTITY_TYPE_ID": "3"}],
                      "start_time": f"2026-03-{day}T10:00:00+00:00"}
                     for key, day in ((1, 12), (2, 15))],
                ),
                Landing(EVENTS, FIRST),
                Landing(
                    LETTERS,
                    [
                        letter("p1", "Заказ №A-17 принят", {"open": 1, "client_info": [
                            {"action_date": "2026-03-10 09:00:00"}]}),
                        letter("p2", "Заказ №9 принят", {"open": 2, "click": 1, "client_info": [
                            {"action_date": "2026-03-13 08:00:00"}, {"action_date": "soon"}],
                            "link": [{"url": "https://shop.example/?utm_campaign=x",
                                      "action_date": "2026-03-13 08:01:00"}]}),
                        letter("p3", "Скидки недели", {"open": 1, "click": 0, "client_info": []}),
                        letter("p4", "Скидки недели", []),
                    ],
                ),
                Landing(CAMPAIGNS, [{"id": 8, "status": "completed", "subject": ""}]),
                Landing(
                    DELIVERIES,
                    [{"campaign_id": 8, "email": phone, "phone": phone,
                      "send_result": "ok_delivered", "last_update": "2026-03-09 10:00:00"}
                     for phone in ("79163141592", "79163141593")],
                ),
            ]
        )  # fmt: skip
        replay.set_bound()
        replay.build()
        yield replay


def found(shop: Replay, query: str) -> list[Row]:
    with psycopg.connect(shop.url, row_factory=dict_row) as connection:
        return list(connection.execute(query))


def touches(shop: Replay, like: str) -> dict[str, Row]:
    """Published touches whose id begins so, by what follows."""
    rows = found(shop, f"select * from marts.fct_touch where touch_id like 'esp.{like}%'")
    return {row["touch_id"].removeprefix(f"esp.{like}"): row for row in rows}


def test_machines_open_nothing(shop: Replay) -> None:
    opened = touches(shop, "event:1")
    people = [not opened[f"{n:02d}"]["is_machine"] for n in range(len(OPENS))]
    assert people == [person for _, person in OPENS]
    assert all(row["is_on_path"] != row["is_machine"] for row in opened.values())
    clicks = touches(shop, "event:3")
    assert {key for key, row in clicks.items() if row["is_machine"]} == {"01", "02", "11"}
    assert clicks.keys() == {"01", "02", "03", "11", "12"}


def test_an_event_delivered_three_times_is_one(shop: Replay) -> None:
    assert touches(shop, "event:2").keys() == {"00", "10", "20", "30", "31"}


def test_opens_have_their_own_times(shop: Replay) -> None:
    told = touches(shop, "sendpulse:")
    assert {key.split(":")[0] + key.split(":")[1]: str(row["at"])[:19] for key, row in told.items()
            if "untimed" not in key} == {
        "p1open": "2026-03-10 09:00:00", "p2open": "2026-03-13 08:00:00",
        "p2click": "2026-03-13 08:01:00",
    }  # fmt: skip
    untimed = {key for key in told if "untimed" in key}
    assert untimed == {"p2:open:untimed", "p3:open:untimed"}
    assert all(told[key]["rule_id"] == "email_untimed" for key in untimed)
    assert not any(row["is_on_path"] for row in told.values())
    assert told["p1:open:1773133200"]["about"] == "a-17"


def test_an_order_credits_no_letter_of_its_own(shop: Replay) -> None:
    credited = found(
        shop,
        "select distinct conversion_id, touch_id from marts.fct_attribution"
        " where touch_id is not null and weight > 0 and model_id = 'linear'",
    )
    by_order: dict[str, set[str]] = {}
    for row in credited:
        by_order.setdefault(row["conversion_id"], set()).add(row["touch_id"])
    assert "order:17" not in by_order  # only its own letter came before it
    assert "crm.activity:1" in by_order["deal:9"]  # the chat that made the deal
    assert "crm.activity:2" not in by_order["deal:9"]
    assert not {touch for touch in by_order["deal:9"] if "sendpulse" in touch}
    why = found(
        shop,
        "select distinct touch_id, reason from marts.explain_order('deal:9')"
        " where model_id = 'linear' and reason is not null",
    )
    reasons = {row["touch_id"]: row["reason"] for row in why}
    assert reasons["crm.activity:2"] == "caused by the purchase"
    assert reasons["esp.sendpulse:p2:open:1773388800"] == "about an order or account"
    assert reasons["esp.sendpulse:p3:open:untimed"] == "nobody knows when"
    results = shop.test("assert_orders_credit_nothing_they_caused assert_journeys_add_up_to_facts")
    assert [str(result.status) for result in results] == ["pass", "pass"]


def test_a_campaign_by_sms_reaches_phones(shop: Replay) -> None:
    told = touches(shop, "unisender:8:")
    assert {row["id_value"] for row in told.values()} == {"+79163141592", "+79163141593"}
    assert {(row["touch_type"], row["id_type"]) for row in told.values()} == {("sms", "PHONE")}
    # That it came is no more than that a letter did: nobody has acted yet.
    assert all(not row["is_on_path"] and row["channel"] == "SMS / Push" for row in told.values())
    assert all(row["customer_uuid"] for row in told.values())


def test_an_hour_is_a_rebuild(shop: Replay) -> None:
    """What came first goes, repeats lose their first, times and subjects are corrected."""
    shop.land(
        [
            Landing(EVENTS, [event(200, "13:00:00", "bounce", message_id="r1")]),
            Landing(EVENTS, [event(302, "14:00:08", "bounce", message_id="g1")]),
            Landing(EVENTS, [event(310, "15:00:00", "delivered", message_id="g9")]),
            Landing(EVENTS, [event(220, "13:20:00", message_id="other", campaign_id="c2")]),
            Landing(LETTERS, [letter("p2", "Скидки", {"open": 2, "client_info": [
                {"action_date": "2026-03-13 08:00:00"}, {"action_date": "2026-03-13 09:00:00"}]})]),
            Landing(CAMPAIGNS, [{"id": 8, "status": "completed", "subject": "Заказ №3 собран"}]),
        ]
    )  # fmt: skip
    shop.set_bound()
    shop.build()
    assert touches(shop, "event:2").keys() == {"01", "10", "20", "21", "30", "31"}
    clicks = touches(shop, "event:3")
    assert {key for key, row in clicks.items() if row["is_machine"]} == set()
    assert touches(shop, "sendpulse:p2:").keys() == {"open:1773388800", "open:1773392400"}
    assert not any(row["is_on_path"] for row in touches(shop, "unisender:8:").values())
    assert not shop.differences_to_rebuild()
