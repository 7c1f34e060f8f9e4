"""The site: visits, cookies, carts and logins, as 1C-Bitrix records them.

Belongs here: bl_web_session, b_sale_fuser, cart lines of b_sale_basket. Does not belong here:
registration (`accounts.py`) and orders (`orders.py`).

Two habits of Bitrix matter to identity and are kept: at login the anonymous cookie row is deleted
when the account already owns another one, and an agent deletes anonymous rows after 30 days.
"""

from random import Random
from typing import Any

from omni_pipeline.sandbox import accounts, catalogue, crm, orders, season, traffic
from omni_pipeline.sandbox.engine import DAY, HOUR, MINUTE, local
from omni_pipeline.sandbox.people import Device, Fuser, Person
from omni_pipeline.sandbox.state import CALL_HOURS, KIOSK_FUSER, World

CURIOUS = 0.6  # how many of those whom a letter brings order, beside those who came by themselves
BOUNCES = 0.25  # share of visits of people with a name that end on their first page
ANONYMOUS_DAYS = 30  # option sale.delete_after


def visit(world: World, person: Person, marks: traffic.Visit | None = None) -> None:
    """One visit of the site, with what follows from it, and the date of the next one."""
    rng = person.rng
    appetite = season.SALE_APPETITE if season.is_sale(world.now) else 1.0
    if marks is not None:
        appetite *= CURIOUS
    else:  # a click in a letter does not move the person's own next visit
        if rng.random() > season.traffic(world.now, world.plan.started_at) / season.SALE_TRAFFIC:
            world.schedule(world.later(rng, 1), visit, world, person)  # not on such a day
            return
        _come_again(world, person)
        seen = any(device.fuser for device in person.devices)
        channel = traffic.next_channel(rng, person.channel) if seen else person.channel
        marks = traffic.arrive(rng, channel)
    if person.user_id and world.plan.people >= 600 and rng.random() < 0.004:
        marks = traffic.Visit(traffic.SHOP + "/")
        session(world, rng, KIOSK_FUSER, person.user_id, "kiosk", marks)
        return
    device = rng.choice(person.devices)
    if rng.random() < 0.03:
        device.fuser, device.logged_in = None, False  # cleared cookies or a private window
    fuser = _cookie(world, person, device)
    if device.logged_in and rng.random() < 0.25:
        device.logged_in = False
    user_id = person.user_id if device.logged_in else None
    session_id = session(world, rng, fuser.id, user_id, device.client_id, marks)
    buys = rng.random() < person.orders_per_visit * appetite
    if not buys and rng.random() < BOUNCES:
        return
    length = 20 + int(rng.expovariate(1 / 240))
    if person.user_id and not device.logged_in and rng.random() < 0.5:
        world.schedule(world.now + length // 3, login, world, person, device, session_id)
    if buys or rng.random() < 0.15:
        world.schedule(world.now + length // 2, fill_cart, world, person, device)
    if buys:
        length += 3 * MINUTE
        world.schedule(world.now + length - 30, checkout, world, person, device, session_id)
    if person.kind != "browser" and rng.random() < 0.03:
        marked = {name.upper(): value for name, value in vars(marks).items() if name[:4] == "utm_"}
        world.schedule(world.now + length // 3, crm.fill_form, world, person, marked)
    elif person.kind != "browser" and rng.random() < 0.02:
        world.schedule(world.now + length // 3, crm.chat, world, person, "livechat")
    # Dice of its own: other habits of the shop stay what they were.
    chance = Random(f"{world.plan.seed}:elsewhere:{session_id}")
    if person.kind != "browser" and chance.random() < 0.01:
        at = world.later(chance, 2, CALL_HOURS)
        world.schedule(at, crm.lead_elsewhere, world, person, chance)
    pages = min(2 + length // 90, 12)
    world.schedule(world.now + length, end_session, world, session_id, pages)


def _come_again(world: World, person: Person) -> None:
    """The person's next visit, if there will be one: while they choose, within days."""
    rng = person.rng
    if rng.random() < (0.35 if person.kind == "browser" else 0.12):
        return
    pause = 1.5 if rng.random() < 0.35 else 1 / person.visits_per_day
    world.schedule(world.later(rng, pause), visit, world, person)


def session(
    world: World,
    rng: Random,
    fuser_id: int | None,
    user_id: int | None,
    client_id: str,
    marks: traffic.Visit,
) -> int:
    """A visit begins; until it ends it is one of a single page."""
    number = world.next_id("session")
    world.insert(
        "bl_web_session",
        {
            "id": number,
            "fuser_id": fuser_id if rng.random() > 0.02 else None,
            "user_id": user_id,
            "started_at": local(world.now),
            "last_hit_at": local(world.now),
            "hits": 1,
            "landing_url": marks.landing_url,
            "referrer": marks.referrer,
            "utm_source": marks.utm_source,
            "utm_medium": marks.utm_medium,
            "utm_campaign": marks.utm_campaign,
            "utm_content": marks.utm_content,
            "utm_term": marks.utm_term,
            "client_id": client_id,
        },
    )
    return number


def end_session(world: World, session: int, hits: int) -> None:
    world.update("bl_web_session", session, last_hit_at=local(world.now), hits=hits)


def _cookie(world: World, person: Person, device: Device) -> Fuser:
    """The device's cookie, made on the first visit; an anonymous one lives on while it is used."""
    fuser = device.fuser
    if fuser is None or (fuser.user_id is None and fuser.id not in world.anonymous):
        fuser = device.fuser = Fuser(world.next_id("fuser", KIOSK_FUSER + 1), world.now)
        device.logged_in = False
        world.anonymous[fuser.id] = fuser
        world.insert("b_sale_fuser", fuser_row(fuser.id, world.now, None, world))
        world.know(person, "FUSER", fuser.id)
    elif world.now - fuser.updated > HOUR:
        _touch(world, fuser)
    return fuser


def fuser_row(fuser_id: int, at: int, user_id: int | None, world: World) -> dict[str, Any]:
    return {
        "id": fuser_id,
        "date_insert": local(at),
        "date_update": local(at),
        "user_id": user_id,
        "code": f"{world.rng.getrandbits(128):032x}",
    }


def _touch(world: World, fuser: Fuser) -> None:
    fuser.updated = world.now
    world.update("b_sale_fuser", fuser.id, date_update=local(world.now))


def login(world: World, person: Person, device: Device, session: int | None) -> None:
    """Log in on a device: claim its cookie, or lose it to the account's own one."""
    user_id = person.user_id
    if user_id is None:
        return
    fuser = _cookie(world, person, device)
    device.logged_in = True
    if session is not None and person.rng.random() < 0.85:
        world.update("bl_web_session", session, user_id=user_id, last_hit_at=local(world.now))
    # Bitrix moves LAST_LOGIN and leaves TIMESTAMP_X alone.
    world.update(
        "b_user", user_id, last_login=local(world.now), last_activity_date=local(world.now)
    )
    if person.rng.random() < 0.015:
        accounts.edit_profile(world, person)
    if fuser.user_id is not None:
        return
    world.anonymous.pop(fuser.id, None)
    own = person.fuser
    if own is None:
        fuser.user_id, fuser.updated, person.fuser = user_id, world.now, fuser
        world.update("b_sale_fuser", fuser.id, user_id=user_id, date_update=local(world.now))
        return
    for line in fuser.cart:
        world.update("b_sale_basket", line, fuser_id=own.id, date_update=local(world.now))
    own.cart += fuser.cart
    own.prices += fuser.prices
    world.delete("b_sale_fuser", fuser.id)
    _touch(world, own)
    device.fuser = own


def fill_cart(world: World, person: Person, device: Device | None) -> Fuser:
    """Put one to three lines into the cart of the device (or of the account)."""
    rng = person.rng
    fuser = _cookie(world, person, device) if device else person.fuser
    if fuser is None:
        fuser = person.fuser = Fuser(
            world.next_id("fuser", KIOSK_FUSER + 1), world.now, person.user_id
        )
        world.insert("b_sale_fuser", fuser_row(fuser.id, world.now, person.user_id, world))
        world.know(person, "FUSER", fuser.id)
    for product in catalogue.pick(rng, rng.choices((1, 2, 3), (50, 33, 17))[0]):
        line, kopecks = world.next_id("basket"), product.kopecks
        reductions = (10, 15, 15, 20, 25) if season.is_sale(world.now) else (0, 0, 0, 5, 10)
        discount = kopecks * rng.choice(reductions) // 100
        quantity = rng.choices((1, 2, 4), (75, 18, 7))[0] if kopecks < 300_000 else 1
        fuser.cart.append(line)
        fuser.prices.append((kopecks - discount, quantity))
        site = catalogue.site_of(world, person)
        row = catalogue.basket_row(world, line, fuser.id, site, product, discount, quantity)
        world.insert("b_sale_basket", row)
    return fuser


def checkout(world: World, person: Person, device: Device, session: int) -> None:
    """Order what is in the cart: as a customer, as one who registers now, or as a guest."""
    if person.user_id is None and person.registers != "never":
        accounts.register(world, person, world.now)
    if person.user_id is not None and not device.logged_in:
        login(world, person, device, session)
    fuser = _cookie(world, person, device)
    if not fuser.cart:
        fuser = fill_cart(world, person, device)
    orders.place(world, person, fuser)
    # Some come back for what goes with it before they have all they came for.
    pause = 40 * DAY if person.rng.random() < 0.6 else 0
    world.schedule(world.now + pause, _sated, person)


def _sated(person: Person) -> None:
    person.orders_per_visit *= person.keeps


def forget_cookies(world: World) -> None:
    """The nightly agent: anonymous cookies unused for 30 days go, with their carts."""
    for fuser in [
        f for f in world.anonymous.values() if world.now - f.updated > ANONYMOUS_DAYS * DAY
    ]:
        del world.anonymous[fuser.id]
        for line in fuser.cart:
            world.delete("b_sale_basket", line)
        world.delete("b_sale_fuser", fuser.id)
