"""Letters about orders: the site's own event table and SendPulse SMTP.

Belongs here: bl_email_events and sandbox_portal's sendpulse_email. Does not belong here: campaigns
(`mailings.py`). Times of e-mail providers are UTC.
"""

from typing import Any

from omni_pipeline.sandbox import portal, traffic
from omni_pipeline.sandbox.engine import HOUR, naive_utc
from omni_pipeline.sandbox.people import Person, write_email
from omni_pipeline.sandbox.state import World

_SUBJECTS = {"order_new": "Заказ №{} принят ✅", "order_done": "Заказ №{} выполнен"}


def order_letter(world: World, person: Person, email: str | None, order: int, topic: str) -> None:
    """A letter about an order through one of the two providers, with its events."""
    if email is None:
        return
    rng = person.rng
    opens = rng.random() < 0.55
    clicks = opens and rng.random() < 0.3
    pause = 60 + int(rng.expovariate(1 / (4 * HOUR)))
    if topic == "order_new":
        _through_sendpulse(
            world, person, email, _SUBJECTS[topic].format(order), opens, clicks, pause
        )
        return
    message = f"{world.rng.getrandbits(64):016x}"
    steps = [(2, "sent"), (6, "delivered")]
    if rng.random() < 0.015:
        steps[1] = 6, "hard_bounce"
        opens = clicks = False
    if opens:
        steps.append((pause, "open"))
    if clicks:
        steps.append((pause + 25, "click"))
        visit = traffic.from_letter(rng, "unisender_go", topic)
        world.schedule(world.now + pause + 27, world.visit, world, person, visit)
    for seconds, event in steps:
        world.schedule(world.now + seconds, _event, world, person, email, topic, message, event)


def _event(world: World, person: Person, email: str, topic: str, message: str, event: str) -> None:
    """One webhook call kept by the site; the provider may deliver it twice."""
    url = traffic.SHOP + "/personal/orders/" if event == "click" else None
    status = {"open": "opened", "click": "clicked"}.get(event, event)
    row: dict[str, Any] = {
        "provider": "unisender_go",
        "event": event,
        "email": write_email(person.rng, email),
        "campaign_id": topic,
        "message_id": message,
        "url": url,
        "event_at": naive_utc(world.now),
        "payload": {
            "event_name": "transactional_email_status",
            "job_id": message,
            "status": status,
        },
        "received_at": naive_utc(world.now + 1),
    }
    for _ in range(2 if person.rng.random() < 0.02 else 1):
        world.insert("bl_email_events", {"id": world.next_id("email_event"), **row})


def _through_sendpulse(
    world: World, person: Person, email: str, subject: str, opens: bool, clicks: bool, pause: int
) -> None:
    number = world.next_id("sendpulse_email")
    payload = {
        "id": f"{world.rng.getrandbits(36):09x}-0afezp-{number:04x}",
        "sender": "shop@shop.example",
        "total_size": 1_128 + number % 700,
        "sender_ip": "127.0.0.1",
        "smtp_answer_code": 250,
        "smtp_answer_subcode": "0",
        "smtp_answer_data": "OK",
        "used_ip": "127.0.0.1",
        "recipient": email,
        "subject": subject,
        "send_date": naive_utc(world.now).strftime("%Y-%m-%d %H:%M:%S"),
        "tracking": {"click": 0, "open": 0, "link": [], "client_info": []},
    }
    portal.save(world, "sendpulse_email", number, payload)
    if opens:
        world.schedule(world.now + pause, _tracked, world, number, 0)
    if clicks:
        world.schedule(world.now + pause + 25, _tracked, world, number, 1)
        visit = traffic.from_letter(person.rng, "sendpulse", "order_new")
        world.schedule(world.now + pause + 27, world.visit, world, person, visit)


def _tracked(world: World, number: int, clicks: int) -> None:
    """SendPulse counts an open (and a click) on the letter itself."""
    tracking = world.entities["sendpulse_email", number]["tracking"]
    action = {
        "browser": "Chrome",
        "os": "Android",
        "action_date": naive_utc(world.now).strftime("%Y-%m-%d %H:%M:%S"),
    }
    links = [{"url": traffic.SHOP + "/personal/orders/", **action}] if clicks else []
    portal.change(
        world,
        "sendpulse_email",
        number,
        tracking={
            "click": tracking["click"] + clicks,
            "open": tracking["open"] + 1 - clicks,
            "link": tracking["link"] + links,
            "client_info": tracking["client_info"]
            or [{**action, "ip": "127.0.0.1", "country": "RU"}],
        },
    )
