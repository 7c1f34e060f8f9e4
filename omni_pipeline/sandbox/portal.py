"""Objects of the Bitrix24 portal, in the very shape its REST API returns them.

Belongs here: building and changing payloads of sandbox_portal.entity. Does not belong here: when
the shop creates a lead or a deal (`crm.py`). All scalars are strings, dates carry +03:00.
"""

from random import Random
from typing import Any

from omni_pipeline.sandbox import staff
from omni_pipeline.sandbox.catalogue import place_of
from omni_pipeline.sandbox.engine import aware, iso
from omni_pipeline.sandbox.people import Person, write_email, write_phone
from omni_pipeline.sandbox.state import STAFF, World

Payload = dict[str, Any]
_STARTS = {"contact": 3_001, "lead": 8_001, "deal": 5_001, "activity": 20_001}
_OWNERS = {1: "lead", 2: "deal", 3: "contact"}
UTM_FIELDS = ("UTM_SOURCE", "UTM_MEDIUM", "UTM_CAMPAIGN", "UTM_CONTENT", "UTM_TERM")
SOURCE_FIELDS = ("SOURCE_ID", *UTM_FIELDS)


def open_portal(world: World) -> None:
    """What the portal has before its first customer: dictionaries, pipelines, currencies, staff."""
    lists = {
        "status": staff.statuses(),
        "category": staff.categories(),
        "currency": staff.currencies(),
        "user": staff.users(),
    }
    for kind, payloads in lists.items():
        for place, payload in enumerate(payloads, start=1):
            save(world, kind, int(payload.get("ID", payload.get("id", place))), payload)


def save(world: World, kind: str, number: int, payload: Payload) -> None:
    """Store a new object."""
    world.entities[kind, number] = payload
    world.insert(
        "entity",
        {"kind": kind, "id": number, "modified_at": aware(world.now), "payload": payload},
    )


def change(world: World, kind: str, number: int, **changed: Any) -> Payload:
    """Change fields of an object, which also moves its modification time, as the portal does."""
    clock = {"contact": "DATE_MODIFY", "lead": "DATE_MODIFY", "deal": "DATE_MODIFY"}.get(kind)
    moved = {clock: iso(world.now)} if clock else {}
    payload = world.entities[kind, number] | changed | moved
    world.entities[kind, number] = payload
    world.update("entity", (kind, number), modified_at=aware(world.now), payload=payload)
    return payload


def remove(world: World, kind: str, number: int) -> None:
    del world.entities[kind, number]
    world.delete("entity", (kind, number))


def multi_field(world: World, kind: str, value: str) -> Payload:
    return {
        "ID": str(world.next_id("multi_field", 100)),
        "VALUE_TYPE": "MOBILE" if kind == "PHONE" else "WORK",
        "VALUE": value,
        "TYPE_ID": kind,
    }


def _common(world: World, kind: str, number: int, utm: dict[str, str]) -> Payload:
    now = iso(world.now)
    manager = staff.manager_of(world.plan.seed, kind, number)
    return {
        "ID": str(number),
        "DATE_CREATE": now,
        "DATE_MODIFY": now,
        "CREATED_BY_ID": str(STAFF[0]),
        "ASSIGNED_BY_ID": str(manager.id),
        "OPENED": "Y",
        "COMMENTS": None,
        "ORIGINATOR_ID": None,
        "ORIGIN_ID": None,
        **{field: utm.get(field) for field in UTM_FIELDS},
    }


def _address(world: World, person: Person | None, of: str, known: float) -> Payload:
    """The address of a contact or lead, as far as a manager asked for it; no dice but its own."""
    if person is None or Random(f"{world.plan.seed}:address:{of}").random() >= known:
        return {"ADDRESS_CITY": "", "ADDRESS_REGION": None, "ADDRESS_PROVINCE": None}
    _, city = place_of(world, person.id, person.phones[0])
    return {"ADDRESS_CITY": f"г. {city}", "ADDRESS_REGION": None, "ADDRESS_PROVINCE": None}


def new_contact(
    world: World, person: Person, source: str, phone: str | None, email: str | None, **given: Any
) -> int:
    """A contact; `phone` is E.164 and is stored as some manager typed it."""
    number = world.next_id("contact", _STARTS["contact"])
    rng = person.rng
    payload: Payload = _common(world, "contact", number, {}) | {
        "NAME": person.name,
        "LAST_NAME": person.last_name if rng.random() < 0.8 else None,
        "SECOND_NAME": None,
        "TYPE_ID": "CLIENT",
        "SOURCE_ID": source,
        "LEAD_ID": None,
        "COMPANY_ID": "0",
        "HAS_PHONE": "Y" if phone else "N",
        "HAS_EMAIL": "Y" if email else "N",
        "UF_SITE_MEMBER_ID": None,
        **_address(world, person, f"contact:{number}", 0.75),
        "UF_CRM_CITY": rng.choice(("Москва", "Тула", None)),
    }
    payload |= given
    if phone:
        world.know(person, "PHONE", phone)
        payload["PHONE"] = [multi_field(world, "PHONE", write_phone(rng, phone))]
    if email:
        world.know(person, "EMAIL", email)
        payload["EMAIL"] = [multi_field(world, "EMAIL", write_email(rng, email).strip())]
    save(world, "contact", number, payload)
    world.know(person, "CONTACT", number)
    person.contact_id = number
    return number


def new_lead(
    world: World,
    person: Person | None,
    title: str,
    source: str,
    phone: str | None,
    email: str | None,
    utm: dict[str, str],
) -> int:
    """A lead; `phone` and `email` are stored as they came in. Strangers have no person."""
    number = world.next_id("lead", _STARTS["lead"])
    payload: Payload = _common(world, "lead", number, utm) | {
        "TITLE": title,
        "NAME": person.name if person and email else None,
        "LAST_NAME": None,
        "STATUS_ID": "NEW",
        "STATUS_SEMANTIC_ID": "P",
        "SOURCE_ID": source,
        "CONTACT_ID": None,
        "COMPANY_ID": None,
        "OPPORTUNITY": "0.00",
        "CURRENCY_ID": "RUB",
        "DATE_CLOSED": "",
        "HAS_PHONE": "Y" if phone else "N",
        "HAS_EMAIL": "Y" if email else "N",
        **_address(world, person, f"lead:{number}", 0.7),
    }
    if phone:
        payload["PHONE"] = [multi_field(world, "PHONE", phone)]
    if email:
        payload["EMAIL"] = [multi_field(world, "EMAIL", email.strip())]
    save(world, "lead", number, payload)
    _history(world, 1, number, "NEW", "P", 1)
    if person is not None:
        world.know(person, "LEAD", number)
        person.lead_id = number
    return number


def move_lead(world: World, number: int, status: str, **changed: Any) -> None:
    semantics = {"CONVERTED": "S", "JUNK": "F", "UC_NOSALE": "F"}.get(status, "P")
    closed = iso(world.now) if semantics != "P" else ""
    change(
        world,
        "lead",
        number,
        STATUS_ID=status,
        STATUS_SEMANTIC_ID=semantics,
        DATE_CLOSED=closed,
        **changed,
    )
    _history(world, 1, number, status, semantics, 2 if semantics == "P" else 3)


def new_deal(world: World, title: str, kopecks: int, contact: int | None, **given: Any) -> int:
    """A deal, in the pipeline of site orders; deals have no multi-fields of their own."""
    number = world.next_id("deal", _STARTS["deal"])
    payload: Payload = _common(world, "deal", number, {}) | {
        "TITLE": title,
        "CATEGORY_ID": "0",
        "STAGE_ID": "NEW",
        "STAGE_SEMANTIC_ID": "P",
        "CLOSED": "N",
        "SOURCE_ID": "CALL",
        "LEAD_ID": None,
        "CONTACT_ID": str(contact) if contact else None,
        "COMPANY_ID": "0",
        "OPPORTUNITY": f"{kopecks // 100}.{kopecks % 100:02d}",
        "CURRENCY_ID": "RUB",
        "BEGINDATE": iso(world.now),
        "CLOSEDATE": iso(world.now + 7 * 86_400),
        "IS_RECURRING": "N",
    }
    payload |= given
    save(world, "deal", number, payload)
    rows = staff.product_rows(world.plan.seed, number, kopecks)
    save(world, "product_rows", number, {"rows": rows})
    _history(world, 2, number, payload["STAGE_ID"], "P", 1)
    return number


def move_deal(world: World, number: int, stage: str) -> None:
    semantics = staff.SEMANTICS.get(stage) or "P"
    changed = {"STAGE_ID": stage, "STAGE_SEMANTIC_ID": semantics}
    if semantics != "P":
        changed |= {"CLOSED": "Y", "CLOSEDATE": iso(world.now)}
    change(world, "deal", number, **changed)
    _history(world, 2, number, stage, semantics, 2 if semantics == "P" else 3)


def _history(
    world: World, entity_type: int, owner: int, stage: str, semantics: str, kind: int
) -> None:
    """One stage entry; leads call the columns STATUS_*, and have no funnel."""
    name = "stage_history_lead" if entity_type == 1 else "stage_history_deal"
    number = world.next_id(name)
    payload: Payload = {
        "ID": str(number),
        "TYPE_ID": str(kind),
        "OWNER_ID": str(owner),
        "CREATED_TIME": iso(world.now),
    }
    if entity_type == 1:
        payload |= {"STATUS_SEMANTIC_ID": semantics, "STATUS_ID": stage}
    else:
        category = world.entities["deal", owner]["CATEGORY_ID"]
        payload |= {"CATEGORY_ID": category, "STAGE_SEMANTIC_ID": semantics, "STAGE_ID": stage}
    save(world, name, number, payload)


def new_activity(
    world: World,
    provider: str,
    subject: str,
    owner: tuple[int, int],
    communication: tuple[str, str] | None,
    direction: int,
    start: int,
    seconds: int,
    **given: Any,
) -> int:
    """An activity of owner (entity type, id); `communication` is (type, value as written)."""
    number = world.next_id("activity", _STARTS["activity"])
    type_id = {"VOXIMPLANT_CALL": 2, "CRM_EMAIL": 4}.get(provider, 6)
    communications = []
    if communication is not None:
        communications.append(
            {
                "ID": str(world.next_id("communication")),
                "TYPE": communication[0],
                "VALUE": communication[1],
                "ENTITY_ID": str(owner[1]),
                "ENTITY_TYPE_ID": str(owner[0]),
                "ENTITY_SETTINGS": [],
            }
        )
    of = world.entities.get((_OWNERS[owner[0]], owner[1]), {})
    responsible = of.get("ASSIGNED_BY_ID") or str(staff.MANAGERS[0].id)
    payload: Payload = {
        "ID": str(number),
        "OWNER_ID": str(owner[1]),
        "OWNER_TYPE_ID": str(owner[0]),
        "TYPE_ID": str(type_id),
        "PROVIDER_ID": provider,
        "PROVIDER_TYPE_ID": {"VOXIMPLANT_CALL": "CALL", "CRM_EMAIL": "EMAIL"}.get(provider, "1"),
        "ASSOCIATED_ENTITY_ID": "0",
        "SUBJECT": subject,
        "CREATED": iso(world.now),
        "LAST_UPDATED": iso(world.now),
        "START_TIME": iso(start),
        "END_TIME": iso(start + seconds),
        "DEADLINE": iso(start + seconds),
        "COMPLETED": "Y",
        "STATUS": "2",
        "RESPONSIBLE_ID": responsible,
        "PRIORITY": "2",
        "DIRECTION": str(direction),
        "DESCRIPTION": "",
        "ORIGINATOR_ID": None,
        "ORIGIN_ID": None,
        "COMMUNICATIONS": communications,
    }
    save(world, "activity", number, payload | given)
    return number
