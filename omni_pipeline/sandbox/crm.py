"""How the shop works in its CRM: contacts, leads, deals, and everything noted about a customer.

Belongs here: when something is created or moved. Does not belong here: the shape of the objects
(`portal.py`) and telephone calls themselves (`calls.py`).
"""

from random import Random
from typing import TYPE_CHECKING

from omni_pipeline.sandbox import portal, selling, staff
from omni_pipeline.sandbox.engine import DAY, HOUR
from omni_pipeline.sandbox.people import Person, write_email, write_phone
from omni_pipeline.sandbox.state import CALL_HOURS, World

if TYPE_CHECKING:
    from omni_pipeline.sandbox.orders import Order

LEAD, DEAL, CONTACT = 1, 2, 3
_STAGES = {"P": "EXECUTING", "W": "PREPARATION", "F": "WON", "cancelled": "LOSE"}
_LETTERS = ("Уточнение по заказу", "Счёт на оплату", "Re: Доставка 🚚", "Вопрос о наличии")


def order_to_deal(world: World, order: "Order", phone: str) -> None:
    """The exchange of site and CRM: a deal for the order, and a contact if there is none."""
    person = order.person
    rng = person.rng
    site_user = person.user_id if order.user_id == person.user_id else None
    former = person.contact_id
    if former is None or rng.random() < 0.05:  # now and then a duplicate is made
        member = str(site_user) if site_user and rng.random() < 0.6 else None
        portal.new_contact(world, person, "STORE", phone, order.email, UF_SITE_MEMBER_ID=member)
    order.deal_id = portal.new_deal(
        world,
        f"Заказ №{order.id}",
        order.price,
        person.contact_id,
        CURRENCY_ID=order.currency,
        SOURCE_ID="STORE",
        ORIGINATOR_ID="bitrix_site",
        ORIGIN_ID=str(order.id),
    )
    follow_order(world, order.deal_id, order.status)
    if former is not None and former != person.contact_id and rng.random() < 0.5:
        pause = 2 * DAY
        duplicate = person.contact_id or 0
        world.schedule(world.now + pause, merge, world, person, former, duplicate, order.deal_id)
    draw = rng.random()
    if draw < 0.25:
        world.schedule(world.now + DAY, send_sms, world, person, phone)
    elif draw < 0.4 and order.email:
        world.schedule(world.now + 3 * HOUR, write_letter, world, person, order.email)


def merge(world: World, person: Person, kept: int, duplicate: int, deal: int) -> None:
    """A manager merges two contacts: the duplicate is deleted, its deal moves to the other."""
    if ("contact", kept) not in world.entities:
        return  # merged away itself in the meantime
    portal.change(world, "deal", deal, CONTACT_ID=str(kept))
    portal.remove(world, "contact", duplicate)
    if person.contact_id == duplicate:
        person.contact_id = kept


def follow_order(world: World, deal: int, status: str) -> None:
    """Move the deal of a site order after the order's status."""
    stage = _STAGES.get(status)
    if stage and world.entities["deal", deal]["STAGE_ID"] != stage:
        portal.move_deal(world, deal, stage)


def owner_of(person: Person) -> tuple[int, int] | None:
    """(entity type, id) of the CRM object that activities of this person hang on."""
    if person.contact_id is not None:
        return CONTACT, person.contact_id
    return (LEAD, person.lead_id) if person.lead_id is not None else None


def send_sms(world: World, person: Person, phone: str) -> None:
    owner = owner_of(person)
    if owner is not None:
        written = ("PHONE", write_phone(person.rng, phone, tidy=0.6))
        portal.new_activity(
            world, "CRM_SMS", "Заказ готов к выдаче", owner, written, 2, world.now, 0
        )


def write_letter(world: World, person: Person, email: str) -> None:
    owner = owner_of(person)
    if owner is not None:
        rng = person.rng
        written = ("EMAIL", write_email(rng, email).strip())
        subject, direction = rng.choice(_LETTERS), rng.choice((1, 2))
        portal.new_activity(world, "CRM_EMAIL", subject, owner, written, direction, world.now, 0)


def note_call(
    world: World, person: Person | None, number: str, direction: int, start: int, seconds: int
) -> None:
    """The telephony connector notes a call, a few seconds off; unknown callers become leads."""
    rng = person.rng if person else world.rng
    owner = owner_of(person) if person else None
    if owner is None:
        if direction == 2 or rng.random() < (0.35 if seconds else 0.5):
            return
        lead = portal.new_lead(world, person, f"Входящий звонок {number}", "CALL", number, None, {})
        owner = LEAD, lead
        world.schedule(world.now + HOUR, work_on_lead, world, person, lead)
        if not seconds:
            selling.take(world, person, lead)
    origin = f"VI_externalCall.{world.rng.getrandbits(64):016x}.{start}"
    portal.new_activity(
        world,
        "VOXIMPLANT_CALL",
        f"{'Входящий от' if direction == 1 else 'Исходящий на'} {number}",
        owner,
        ("PHONE", number),
        direction,
        start + rng.randrange(2, 9),
        seconds,
        ORIGIN_ID=origin,
        COMPLETED="Y" if seconds else "N",
    )


def fill_form(world: World, person: Person, utm: dict[str, str]) -> None:
    """A web form: always a new lead, with the visit's utm marks."""
    rng = person.rng
    phone, email = rng.choice(person.phones), rng.choice(person.emails)
    with_email = rng.random() < 0.7
    if person.works_at is None:
        world.know(person, "PHONE", phone)
    typed = write_phone(rng, phone)
    if with_email:
        world.know(person, "EMAIL", email)
        person.known_by_email = True
    lead = portal.new_lead(
        world,
        person,
        "Заполнение CRM-формы «Обратный звонок»",
        "WEBFORM",
        typed,
        write_email(rng, email) if with_email else None,
        utm,
    )
    portal.new_activity(
        world, "CRM_WEBFORM", "Обратный звонок", (LEAD, lead), ("PHONE", typed), 1, world.now, 0
    )
    world.schedule(world.now + 2 * HOUR, work_on_lead, world, person, lead)
    selling.take(world, person, lead)


def chat(world: World, person: Person, source: str) -> None:
    """An open line session; an unknown visitor leaves a telephone number half of the time."""
    rng = person.rng
    owner = owner_of(person)
    if owner is None:
        phone = rng.choice(person.phones) if rng.random() < 0.5 else None
        if phone:
            world.know(person, "PHONE", phone)
        title = f"{person.name} - Открытая линия 💬"
        written = write_phone(rng, phone) if phone else None
        lead = portal.new_lead(world, person, title, "OPENLINE", written, None, {})
        owner = LEAD, lead
        world.schedule(world.now + HOUR, work_on_lead, world, person, lead)
        selling.take(world, person, lead)
    line = f"imol|{source}|1|{person.id}|{world.next_id('chat')}"
    seconds = 60 + int(rng.expovariate(1 / 300))
    portal.new_activity(
        world, "IMOPENLINES_SESSION", "Чат с клиентом", owner, ("IM", line), 1, world.now, seconds
    )


def lead_elsewhere(world: World, person: Person, rng: Random) -> None:
    """A lead with no form and no chat: of an advertisement with marks, else by a manager's hand."""
    phone = rng.choice(person.phones)
    if person.works_at is None:
        world.know(person, "PHONE", phone)
    utm: dict[str, str] = {}
    if rng.random() < 0.6:
        title, source = "Лид-форма ВКонтакте", "ADVERTISING"
        utm = {"UTM_SOURCE": "vk", "UTM_MEDIUM": "cpc", "UTM_CAMPAIGN": "retarget_cart"}
    else:
        title = f"{person.name}, перезвонить"
        source = rng.choice(("RECOMMENDATION", "UC_4K2M1N", "PARTNER"))
    typed = write_phone(rng, phone)
    lead = portal.new_lead(world, person, title, source, typed, None, utm)
    world.schedule(world.now + 2 * HOUR, work_on_lead, world, person, lead)
    selling.take(world, person, lead)


def work_on_lead(world: World, person: Person | None, lead: int) -> None:
    portal.move_lead(world, lead, "IN_PROCESS")
    rng = person.rng if person else world.rng
    world.schedule(world.later(rng, 0.7, CALL_HOURS), _close_lead, world, person, lead)


def _close_lead(world: World, person: Person | None, lead: int) -> None:
    """Turn a lead into a contact and perhaps a deal, or throw it away: junk, or no interest."""
    draw = person.rng.random() if person else 0.0
    if draw < 0.4:
        is_junk = draw < 0.06 and Random(f"{world.plan.seed}:junk:{lead}").random() < 0.55
        portal.move_lead(world, lead, "JUNK" if is_junk else "UC_NOSALE")
        return
    assert person is not None
    rng = person.rng
    contact = person.contact_id
    if contact is None:
        payload = world.entities["lead", lead]
        contact = portal.new_contact(
            world,
            person,
            payload["SOURCE_ID"],
            None,
            None,
            LEAD_ID=str(lead),
            **{field: payload[field] for field in ("PHONE", "EMAIL") if field in payload},
        )
    portal.move_lead(world, lead, "CONVERTED", CONTACT_ID=str(contact))
    if rng.random() < 0.5:
        kopecks = rng.randrange(150_000, 6_000_000)
        # The portal copies what the lead says of its source.
        copied = {name: world.entities["lead", lead][name] for name in portal.SOURCE_FIELDS}
        deal = portal.new_deal(
            world,
            f"Сделка с {person.name}",
            kopecks,
            contact,
            LEAD_ID=str(lead),
            CATEGORY_ID=str(staff.SALES),
            STAGE_ID=staff.STEPS[0],
            ASSIGNED_BY_ID=world.entities["lead", lead]["ASSIGNED_BY_ID"],
            **copied,
        )
        selling.sell(world, deal, rng.random())
