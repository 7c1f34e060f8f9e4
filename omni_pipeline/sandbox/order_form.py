"""The order form: its properties, and what customers type into them.

Belongs here: b_sale_order_props and b_sale_order_props_value. Does not belong here: the order's
life (`orders.py`).
"""

from random import Random
from typing import TYPE_CHECKING

from omni_pipeline.sandbox.catalogue import place_of
from omni_pipeline.sandbox.people import office_phone, write_email, write_phone
from omni_pipeline.sandbox.state import World

if TYPE_CHECKING:
    from omni_pipeline.sandbox.orders import Order

# (id, person type, name, code, type, is_email, is_phone, is_payer)
PROPERTIES = (
    (1, 1, "Ф.И.О.", "FIO", "STRING", "N", "N", "Y"),
    (2, 1, "E-Mail", "EMAIL", "STRING", "Y", "N", "N"),
    (3, 1, "Телефон", "PHONE", "STRING", "N", "Y", "N"),
    (6, 1, "Местоположение", "LOCATION", "LOCATION", "N", "N", "N"),
    (7, 1, "Адрес доставки", "ADDRESS", "STRING", "N", "N", "N"),
    (10, 2, "Название компании", "COMPANY", "STRING", "N", "N", "Y"),
    (13, 2, "E-Mail", "EMAIL", "STRING", "Y", "N", "N"),
    (14, 2, "Телефон", "PHONE", "STRING", "N", "Y", "N"),
    (18, 2, "Город доставки", "LOCATION", "LOCATION", "N", "N", "N"),
    (12, 2, "Контактное лицо", "CONTACT_PERSON", "STRING", "N", "N", "N"),
)
_STREETS = ("ул. Ленина, д. 5", "Тверская, 12 кв. 7 🏠", "пр-т Мира, 101", "Садовая 3/2", "")


def open_shop(world: World) -> None:
    """The order properties of both person types."""
    for id_, person_type, name, code, kind, is_email, is_phone, is_payer in PROPERTIES:
        world.insert(
            "b_sale_order_props",
            {
                "id": id_,
                "person_type_id": person_type,
                "name": name,
                "code": code,
                "type": kind,
                "is_email": is_email,
                "is_phone": is_phone,
                "is_payer": is_payer,
                "active": "Y",
            },
        )


def fill_in(world: World, order: "Order", legal: bool) -> str:
    """What the customer typed; returns the telephone number, E.164."""
    person, rng = order.person, order.person.rng
    email = rng.choice(person.emails)
    phone = rng.choice(person.phones)
    typed_email: str | None = write_email(rng, email)
    if legal:
        office = office_phone(person.works_at or 0)
        phone = office if rng.random() < 0.7 else phone
        if rng.random() < 0.2:
            typed_email = f"info@firma{person.works_at}.ru"  # a role mailbox, nobody's own
    elif rng.random() < 0.06:
        typed_email = None
    if typed_email is not None and not typed_email.startswith("info@"):
        world.know(person, "EMAIL", email)
        person.known_by_email = True
        order.email = email
    world.know(person, "PHONE", phone)
    code, city = place_of(world, person.id, person.phones[0])
    # Dice of its own: other habits stay what they were. Who fetches the order names no place.
    dice = Random(f"{world.plan.seed}:where:{order.id}")
    street = rng.choice(_STREETS)
    address = f"г. {city}, {street}" if street and dice.random() < 0.5 else street
    values: dict[str, str | None] = {
        "FIO": f"{person.last_name} {person.name}",
        "CONTACT_PERSON": f"{person.name} {person.last_name}",
        "COMPANY": f"ООО «Ромашка-{person.works_at}»",
        "EMAIL": typed_email,
        "PHONE": write_phone(rng, phone),
        "ADDRESS": address,
        "LOCATION": code if dice.random() < 0.8 else None,
    }
    for property_id, person_type, name, code, *_ in PROPERTIES:
        if person_type != (2 if legal else 1) or values[code] is None:
            continue
        number = world.next_id("property")
        order.properties.append(number)
        world.insert(
            "b_sale_order_props_value",
            {
                "id": number,
                "order_id": order.id,
                "order_props_id": property_id,
                "name": name,
                "value": values[code],
                "code": code,
                "entity_id": order.id,
                "entity_type": "ORDER",
            },
        )
    return phone
