"""The simulation as a whole: who exists at the start, who arrives, what recurs.

Belongs here: `simulate`, a pure function of the plan and a moment. The journal until a later moment
begins with the journal until an earlier one.
"""

from datetime import UTC, datetime

from omni_pipeline.sandbox import (
    accounts,
    adverts,
    calls,
    catalogue,
    crowd,
    faults,
    firms,
    loyalty,
    mailings,
    order_form,
    portal,
    web,
)
from omni_pipeline.sandbox.engine import DAY, HOUR, MINUTE, MOSCOW_OFFSET, Change, Plan
from omni_pipeline.sandbox.people import Person
from omni_pipeline.sandbox.state import CALL_HOURS, KIOSK_FUSER, SHOP_HOURS, World

EXISTING = 0.4  # share of people who are customers before the history begins
BOUGHT_BEFORE = 0.7  # share of them who have bought what they came for


def plan_until(until: datetime, people: int, days: int, seed: int) -> Plan:
    """The plan whose initial history of `days` ends at `until`; naive times raise ValueError."""
    if until.tzinfo is None:
        raise ValueError("until must know its time zone")
    ends_at = int(until.astimezone(UTC).timestamp())
    return Plan(seed=seed, people=people, days=days, started_at=ends_at - days * DAY)


def simulate(plan: Plan, until: int) -> list[Change]:
    """Every change in all systems from the start up to and including `until`, in order of time."""
    world = World(plan)
    world.visit = web.visit
    world.schedule(plan.started_at, _begin, world)
    return world.run(until)


def _begin(world: World) -> None:
    accounts.open_site(world)
    order_form.open_shop(world)
    catalogue.open_catalogue(world)
    portal.open_portal(world)
    firms.open_firms(world)
    adverts.open_accounts(world)
    if world.plan.people >= 600:
        world.insert("b_sale_fuser", web.fuser_row(KIOSK_FUSER, world.now, None, world))
    first_new = int(world.plan.people * EXISTING) + 1
    for person_id in range(1, first_new):
        _settle(world, world.person(person_id))
    faults.prepare(world)
    world.schedule(_arrival(world.plan, first_new), _arrive, world, first_new)
    midnight = world.now - (world.now + MOSCOW_OFFSET) % DAY + DAY
    world.schedule(midnight + 4 * HOUR, _every_night, world)
    world.schedule(midnight + 11 * HOUR, mailings.send_weekly, world)
    world.schedule(midnight + 2 * DAY + 12 * HOUR, mailings.send_unisender, world)
    world.schedule(midnight + DAY + 10 * HOUR, mailings.send_sendpulse, world)
    world.schedule(midnight + 5 * DAY + 13 * HOUR, mailings.send_sms, world)
    world.schedule(world.now, crowd.Crowd(world).gather)
    world.schedule(world.now + HOUR, calls.strangers, world)
    world.schedule(world.now + HOUR, calls.colleagues, world)


def _arrival(plan: Plan, person_id: int) -> int:
    """When a new person first appears: evenly over the history, and on at that rate."""
    first_new = int(plan.people * EXISTING) + 1
    arrivals = max(1, plan.people - first_new + 1)
    return plan.started_at + 1 + (person_id - first_new) * plan.days * DAY // arrivals


def _arrive(world: World, person_id: int) -> None:
    world.schedule(_arrival(world.plan, person_id + 1), _arrive, world, person_id + 1)
    person = world.person(person_id)
    if person.kind == "buyer" and person.registers == "before":
        accounts.register(world, person, world.now)
    pause = person.rng.random() * 6 * HOUR
    _wake(world, person, int(pause))


def _settle(world: World, person: Person) -> None:
    """A customer of old: perhaps already with an account; shows up within the first days."""
    rng = person.rng
    early = person.registers == "checkout" and rng.random() < 0.3
    if person.kind != "browser" and (early or person.registers == "before"):
        accounts.register(world, person, world.now - int(rng.random() * 700 * DAY))
    if rng.random() < BOUGHT_BEFORE / world.plan.haste:
        person.orders_per_visit *= person.keeps
    days = min(rng.expovariate(1 / 15) / world.plan.haste, world.plan.days * 0.8)
    _wake(world, person, int(days * DAY))


def _wake(world: World, person: Person, pause: int) -> None:
    """Start the habits of a person."""
    rng = person.rng
    if person.kind in ("browser", "buyer") or rng.random() < 0.3:
        world.schedule(world.now + pause, web.visit, world, person)
    if person.calls_per_day:
        mean = 6 / world.plan.haste if person.kind == "caller" else 1 / person.calls_per_day
        world.schedule(world.later(rng, mean, CALL_HOURS), calls.call_in, world, person)
    if person.store_per_day:
        mean = 20 / world.plan.haste if person.kind == "store" else 1 / person.store_per_day
        world.schedule(world.later(rng, mean, SHOP_HOURS), loyalty.go_to_store, world, person)


def _every_night(world: World) -> None:
    world.schedule(world.now + DAY, _every_night, world)
    web.forget_cookies(world)
    for account in world.accounts[:: max(1, len(world.accounts) // 3)]:
        world.schedule(world.now + 10 * MINUTE, loyalty.expire, world, account)
