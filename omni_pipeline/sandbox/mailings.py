"""Campaigns: the site's `sender` module each week, UniSender and SendPulse each fortnight.

Belongs here: b_sender_* and sandbox_portal's unisender_* and sendpulse_campaign. Does not belong
here: letters about orders (`letters.py`).
"""

from omni_pipeline.sandbox import portal, traffic
from omni_pipeline.sandbox.engine import DAY, HOUR, MINUTE, local, naive_utc
from omni_pipeline.sandbox.people import Person, write_email
from omni_pipeline.sandbox.state import World

_SUBJECTS = (
    "Скидки недели 🔥",
    "Новинки каталога",
    "Дарим баллы 🎁",
    "Чёрная пятница",
    "Ёлки и огни",
)


def subscribe(world: World, person: Person) -> None:
    """Registered customers become contacts of the sender module, most of them."""
    if person.rng.random() > 0.8:
        return
    person.sender_contact_id = _contact(world, person, 1, person.emails[0])
    if person.rng.random() < 0.08 and person.phones[0] not in world.shared:
        world.know(person, "PHONE", person.phones[0])
        _contact(world, person, 2, person.phones[0][1:])


def _contact(world: World, person: Person, type_id: int, code: str) -> int:
    """An address of the sender module: type 1 is an e-mail, 2 a telephone in bare digits."""
    number = world.next_id("sender_contact")
    world.insert(
        "b_sender_contact",
        {
            "id": number,
            "date_insert": local(world.now),
            "date_update": None,
            "type_id": type_id,
            "code": code,
            "name": person.name,
            "user_id": person.user_id if person.rng.random() < 0.9 else None,
            "blacklisted": "N",
            "is_read": "N",
            "is_click": "N",
            "is_unsub": "N",
        },
    )
    return number


def send_weekly(world: World) -> None:
    """A posting of the sender module: rows are born unsent, then sent, then read and clicked."""
    world.schedule(world.now + 7 * DAY, send_weekly, world)
    posting = world.next_id("posting")
    now = local(world.now)
    world.insert(
        "b_sender_posting",
        {
            "id": posting,
            "date_update": now,
            "mailing_id": 1,
            "mailing_chain_id": posting,
            "status": "N",
            "date_send": now,
            "date_sent": None,
            "date_create": now,
        },
    )
    recipients = []
    for person in world.registered:
        if person.sender_contact_id is not None:
            number = world.next_id("recipient")
            recipients.append((number, person))
            world.insert(
                "b_sender_posting_recipient",
                {
                    "id": number,
                    "posting_id": posting,
                    "contact_id": person.sender_contact_id,
                    "status": "Y",
                    "date_sent": None,
                    "date_update": now,
                    "user_id": person.user_id,
                    "is_read": "N",
                    "is_click": "N",
                    "is_unsub": "N",
                },
            )
    world.schedule(world.now + 10 * MINUTE, _sent, world, posting, recipients)


def _sent(world: World, posting: int, recipients: list[tuple[int, Person]]) -> None:
    now = local(world.now)
    for number, person in recipients:
        rng = person.rng
        bad = rng.random() < 0.01
        status = "E" if bad else "N"
        world.update("b_sender_posting_recipient", number, status=status, date_sent=now)
        if not bad and rng.random() < 0.24:
            at = world.now + 60 + int(rng.expovariate(1 / (7 * HOUR)))
            world.schedule(at, _read, world, posting, number, person)
    world.update("b_sender_posting", posting, status="S", date_sent=now, date_update=now)


def _read(world: World, posting: int, recipient: int, person: Person) -> None:
    """An open; some open again, some click and come to the site, a few have enough."""
    rng = person.rng
    event = {"posting_id": posting, "recipient_id": recipient, "date_insert": local(world.now)}
    world.insert("b_sender_posting_read", {"id": world.next_id("read"), **event})
    world.update("b_sender_posting_recipient", recipient, is_read="Y")
    draw = rng.random()
    if draw < 0.15:
        world.schedule(world.now + 5 * HOUR, _read, world, posting, recipient, person)
    elif draw < 0.4:
        url = traffic.SHOP + "/sale/"  # the module strips its own utm marks from the stored URL
        world.insert("b_sender_posting_click", {"id": world.next_id("click"), **event, "url": url})
        world.update("b_sender_posting_recipient", recipient, is_click="Y")
        visit = traffic.from_letter(rng, "sender", f"weekly_{posting}")
        world.schedule(world.now + 4, world.visit, world, person, visit)
    elif draw < 0.4 + 0.02 * world.plan.haste and person.sender_contact_id is not None:
        world.insert("b_sender_posting_unsub", {"id": world.next_id("unsub"), **event})
        world.update("b_sender_posting_recipient", recipient, is_unsub="Y")
        world.update(
            "b_sender_contact",
            person.sender_contact_id,
            is_unsub="Y",
            date_update=local(world.now),
        )
        person.sender_contact_id = None


def send_unisender(world: World) -> None:
    """A UniSender campaign to everybody whose address the shop knows; its API keeps last states."""
    world.schedule(world.now + 14 * DAY, send_unisender, world)
    campaign = world.next_id("unisender_campaign", 900_001)
    subject = _SUBJECTS[campaign % len(_SUBJECTS)]
    payload = {
        "id": campaign,
        "start_time": _stamp(world.now),
        "status": "completed",
        "message_id": campaign + 77,
        "list_id": 5_001,
        "subject": subject,
        "sender_name": "Магазин",
        "sender_email": "news@shop.example",
        "stats_url": "",
    }
    portal.save(world, "unisender_campaign", campaign, payload)
    for person in list(world.persons.values()):
        if person.known_by_email and person.rng.random() < 0.6:
            _deliver(world, campaign, person)


def _deliver(world: World, campaign: int, person: Person) -> None:
    rng = person.rng
    number = world.next_id("unisender_delivery")
    payload = {
        "campaign_id": campaign,
        "email": write_email(rng, person.emails[0]).strip(),
        "send_result": "err_user_unknown" if rng.random() < 0.02 else "ok_delivered",
        "last_update": _stamp(world.now),
    }
    if person.left_unisender:
        payload["send_result"] = "err_unsubscribed"
    portal.save(world, "unisender_delivery", number, payload)
    if payload["send_result"] != "ok_delivered" or rng.random() > 0.2:
        return
    at = world.now + 60 + int(rng.expovariate(1 / (8 * HOUR)))
    world.schedule(at, _state, world, number, "ok_read")
    if rng.random() < 0.25:
        world.schedule(at + 15, _state, world, number, "ok_link_visited")
        visit = traffic.from_letter(rng, "unisender", f"news_{campaign}")
        world.schedule(at + 18, world.visit, world, person, visit)
    elif number % 25 == 0:  # four in a hundred of those who read it and did not click
        world.schedule(at + 40, _leave, world, number, person)


def _leave(world: World, number: int, person: Person) -> None:
    """A reader of UniSender's letter has enough: later campaigns do not go out to them."""
    person.left_unisender = True
    _state(world, number, "ok_unsubscribed")


def send_sms(world: World) -> None:
    """A campaign by SMS through UniSender: its rows bear a phone in place of an address."""
    world.schedule(world.now + 28 * DAY, send_sms, world)
    campaign = world.next_id("unisender_campaign", 900_001)
    payload = {
        "id": campaign,
        "start_time": _stamp(world.now),
        "status": "completed",
        "message_id": campaign + 77,
        "list_id": 5_002,
        "sender_name": "Магазин",
        "stats_url": "",
    }
    portal.save(world, "unisender_campaign", campaign, payload)
    for person in world.registered[::5]:
        if person.phones[0] not in world.shared:
            world.know(person, "PHONE", person.phones[0])
            row = {
                "campaign_id": campaign,
                "phone": person.phones[0][1:],
                "send_result": "ok_delivered",
                "last_update": _stamp(world.now + MINUTE),
            }
            portal.save(world, "unisender_delivery", world.next_id("unisender_delivery"), row)


def _state(world: World, number: int, result: str) -> None:
    portal.change(
        world, "unisender_delivery", number, send_result=result, last_update=_stamp(world.now)
    )


def send_sendpulse(world: World) -> None:
    """A SendPulse campaign, of which only totals are known."""
    world.schedule(world.now + 14 * DAY, send_sendpulse, world)
    number = world.next_id("sendpulse_campaign", 300_001)
    size = sum(person.known_by_email for person in world.persons.values())
    payload = {
        "id": number,
        "name": f"Рассылка {number} ❄️",
        "message": {
            "sender_name": "Магазин",
            "sender_email": "news@shop.example",
            "subject": _SUBJECTS[number % len(_SUBJECTS)],
            "body": "",
            "attachments": "",
            "list_id": 7_001,
        },
        "status": 3,
        "all_email_qty": size,
        "tariff_email_qty": size,
        "paid_email_qty": 0,
        "overdraft_price": 0,
        "overdraft_currency": "RUB",
        "send_date": _stamp(world.now),
        "statistics": [
            {"code": 1, "count": size, "explain": "Sent"},
            {"code": 3, "count": size // 5, "explain": "Opened"},
            {"code": 4, "count": size // 20, "explain": "Link clicked"},
        ],
    }
    portal.save(world, "sendpulse_campaign", number, payload)


def _stamp(at: int) -> str:
    return naive_utc(at).strftime("%Y-%m-%d %H:%M:%S")
