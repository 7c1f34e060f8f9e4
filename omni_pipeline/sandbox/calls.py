"""Who telephones whom: customers, strangers, managers, colleagues.

Belongs here: when a call happens, on which line, how it ends and what the CRM hears of it. Does
not belong here: the events of a call (`cel.py`).
"""

from random import Random

from omni_pipeline.sandbox import accounts, cel, crm, web
from omni_pipeline.sandbox.engine import DAY, HOUR, MINUTE
from omni_pipeline.sandbox.orders import place
from omni_pipeline.sandbox.people import Person, office_phone
from omni_pipeline.sandbox.state import CALL_HOURS, STAFF, World

AGENTS = ("201", "202", "203", "205", "211")
_LINE_OF = {
    "yandex_cpc": "yandex",
    "yandex_organic": "yandex",
    "google_cpc": "google",
    "google_organic": "google",
    "vk": "vk",
}


def caller_id(rng: Random, peer: str, phone: str) -> str:
    """The number as the provider of the line shows it, or withheld."""
    if rng.random() < 0.03:
        return rng.choice(("anonymous", ""))
    digits = phone[1:]
    if peer == "PJSIP/mts" and digits.startswith("7"):
        return rng.choice(("8" + digits[1:], digits[1:]))
    return digits if rng.random() < 0.9 else phone


def call_in(world: World, person: Person, repeat: bool = True) -> None:
    """A customer calls the shop."""
    rng = person.rng
    if repeat:
        world.schedule(
            world.later(rng, 1 / person.calls_per_day, CALL_HOURS), call_in, world, person
        )
    line = _LINE_OF.get(person.channel, "other") if rng.random() < 0.85 else "other"
    phone = rng.choice(person.phones)
    if person.works_at is not None and rng.random() < 0.6:
        phone = office_phone(person.works_at)
    trunk = cel.TRUNKS[line]
    number = caller_id(rng, trunk.peer, phone)
    hidden = len(number) < 10 or not number.strip("+").isdigit()
    if not hidden:
        world.know(person, "PHONE", phone)
    start, talk = world.now, _incoming(world, rng, trunk, number)
    if hidden:
        return
    noted_at = start + (talk or 30) + 20
    world.schedule(noted_at, crm.note_call, world, person, number, 1, start, talk)
    if talk == 0 and rng.random() < 0.5:
        world.schedule(start + 20 * MINUTE, call_out, world, person, phone)
    elif talk > 150 and person.kind in ("caller", "buyer") and rng.random() < 0.08:
        world.schedule(start + talk, order_by_phone, world, person)


def _incoming(world: World, rng: Random, trunk: cel.Trunk, number: str) -> int:
    """One incoming call of a random kind; returns seconds of talk, 0 if missed."""
    agents = rng.sample(AGENTS, rng.choice((1, 2, 3)))
    wait, talk = 4 + int(rng.expovariate(1 / 15)), 15 + int(rng.expovariate(1 / 140))
    draw = rng.random()
    if draw < 0.68:
        cel.incoming(world, trunk, number, wait, talk, agents)
        return talk
    if draw < 0.75:
        first, second = rng.sample(AGENTS, 2)
        cel.transferred(world, trunk, number, wait, (25, talk), (first, second))
        return talk + 25
    if draw < 0.86:
        cel.only_menu(world, trunk, number, 3 + int(rng.random() * 25))
    else:
        cel.missed(world, trunk, number, 8 + int(rng.random() * 40), agents)
    return 0


def call_out(world: World, person: Person, phone: str) -> None:
    """A manager calls a customer."""
    rng = person.rng
    talk = 0 if rng.random() < 0.25 else 20 + int(rng.expovariate(1 / 90))
    ring = 5 + int(rng.random() * 20)
    dialled = rng.choice((phone[1:], "8" + phone[2:])) if phone.startswith("+7") else phone[1:]
    trunk = cel.TRUNKS[rng.choice(("yandex", "vk"))]
    cel.outgoing(world, trunk, rng.choice(AGENTS), dialled, ring, talk)
    world.know(person, "PHONE", phone)
    world.schedule(
        world.now + ring + talk + 15, crm.note_call, world, person, dialled, 2, world.now, talk
    )


def order_by_phone(world: World, person: Person) -> None:
    """A manager takes an order: the account and its cookie are made for the customer."""
    if person.user_id is None:
        accounts.register(world, person, world.now)
    fuser = web.fill_cart(world, person, None)
    place(world, person, fuser, manager=STAFF[2])


def strangers(world: World) -> None:
    """Calls of nobody in particular: spam, wrong numbers; about one in seven hours."""
    rng = world.rng
    world.schedule(world.later(rng, 7 * HOUR / DAY, CALL_HOURS), strangers, world)
    number = f"7495{rng.randrange(2_000_000, 9_999_999)}"
    trunk = cel.TRUNKS[rng.choice(tuple(cel.TRUNKS))]
    start, talk = world.now, _incoming(world, rng, trunk, number)
    world.schedule(start + talk + 40, crm.note_call, world, None, number, 1, start, talk)


def colleagues(world: World) -> None:
    """Agents call each other a few times a day."""
    rng = world.rng
    world.schedule(world.later(rng, 0.25, CALL_HOURS), colleagues, world)
    first, second = rng.sample(AGENTS, 2)
    cel.internal(world, (first, second), 3 + rng.randrange(9), 10 + rng.randrange(120))
