"""Site accounts: registration, the row of b_user with its secrets, user fields, confirmed phone.

Belongs here: b_user, b_uts_user, b_user_phone_auth, and the technical accounts of the site. Does
not belong here: logins and cookies (`web.py`), loyalty accounts (`loyalty.py`).
"""

from typing import Any

from omni_pipeline.sandbox import loyalty, mailings
from omni_pipeline.sandbox.engine import DAY, ZERO_DATE, local
from omni_pipeline.sandbox.people import Person, office_phone, write_email, write_phone
from omni_pipeline.sandbox.state import ANONYMOUS_USER, STAFF, World

BOT_USER = 7


def open_site(world: World) -> None:
    """The accounts a site has before its first customer: staff, a bot, the anonymous buyer."""
    born = world.plan.started_at - 900 * DAY
    for user_id in STAFF:
        world.insert(
            "b_user",
            user_row(
                world,
                user_id,
                born,
                login=f"manager{user_id}",
                name="Менеджер",
                last_name=str(user_id),
                email=f"manager{user_id}@shop.example",
            ),
        )
    for user_id, kind, active in ((ANONYMOUS_USER, "saleanonymous", "N"), (BOT_USER, "bot", "Y")):
        world.insert(
            "b_user",
            user_row(
                world,
                user_id,
                born,
                login=f"{kind}_{world.rng.getrandbits(40):010x}",
                active=active,
                email=f"anonymous_{world.rng.randrange(10**9):09d}@example.com",
                external_auth_id=kind,
            ),
        )


def register(world: World, person: Person, registered_at: int) -> None:
    """Make the site account; `registered_at` may lie before the world's beginning."""
    rng = person.rng
    person.user_id = user_id = world.next_id("user", 101)
    world.registered.append(person)
    world.know(person, "USER", user_id)
    email, phone = person.emails[0], person.phones[0]
    has_phone = rng.random() < 0.7
    if has_phone or person.works_at is not None:
        world.know(person, "PHONE", phone)
    world.know(person, "EMAIL", email)
    person.known_by_email = True
    office = person.works_at
    work = write_phone(rng, office_phone(office)) if office is not None else None
    world.insert(
        "b_user",
        user_row(
            world,
            user_id,
            registered_at,
            login=email[:50],
            name=person.name + (" 😊" if rng.random() < 0.01 else ""),
            last_name=person.last_name,
            email=write_email(rng, email),
            personal_phone=work or (write_phone(rng, phone) if has_phone else None),
            personal_mobile=write_phone(rng, phone) if work else None,
            work_phone=work,
        ),
    )
    confirmed = person.id not in world.relatives and rng.random() < 0.35
    if confirmed:
        world.know(person, "PHONE", phone)
        world.insert(
            "b_user_phone_auth",
            {
                "user_id": user_id,
                "phone_number": phone,
                "otp_secret": f"CANARY-OTP-{user_id}",
                "attempts": 0,
                "confirmed": "Y",
                "date_sent": local(registered_at),
            },
        )
    card = loyalty.open_account(world, person, registered_at) if person.loyal else None
    world.insert(
        "b_uts_user",
        {
            "value_id": user_id,
            "uf_loyalty_card": card,
            "uf_city": rng.choice(("Москва", "Тула", "Казань", "Химки", None)),
            "uf_site": "s1",
            "uf_newsletter": rng.randrange(2),
        },
    )
    mailings.subscribe(world, person)


def edit_profile(world: World, person: Person) -> None:
    """The customer changes a telephone or a user field; the latter moves no clock of the site."""
    rng, user_id = person.rng, person.user_id
    if rng.random() < 0.4 and person.works_at is None:
        phone = person.phones[-1]
        world.know(person, "PHONE", phone)
        typed = write_phone(rng, phone)
        world.update("b_user", user_id, personal_phone=typed, timestamp_x=local(world.now))
    else:
        world.update("b_uts_user", user_id, uf_city=rng.choice(("Пермь", "Самара", "Уфа")))


def user_row(world: World, user_id: int, at: int, **given: Any) -> dict[str, Any]:
    """A b_user row; the secrets are canaries that must never leave the site database."""
    row = {
        "id": user_id,
        "timestamp_x": local(max(at, world.plan.started_at)),
        "login": "",
        "password": f"$6$CANARY-PASSWORD-{user_id}",
        "checkword": f"CANARY-CHECKWORD-{user_id}",
        "stored_hash": f"CANARY-HASH-{user_id}",
        "confirm_code": "CANARY-C",
        "active": "Y",
        "blocked": "N",
        "name": None,
        "last_name": None,
        "second_name": None,
        "email": None,
        "personal_phone": None,
        "personal_mobile": None,
        "work_phone": None,
        "date_register": local(at),
        "last_login": local(at),
        "last_activity_date": None if user_id % 17 else ZERO_DATE,
        "lid": "s1",
        "xml_id": None,
        "external_auth_id": None,
        "bx_user_id": f"{world.rng.getrandbits(128):032x}",
        "login_attempts": 0,
    }
    return row | given
