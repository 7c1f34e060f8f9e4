"""What managers do with leads and deals: when they answer first, and how a deal goes on.

Belongs here: the pauses and the ends of deals. Does not belong here: who the managers are
(`staff.py`), the shape of the objects (`portal.py`). Dice are an object's own, so that what happens
to one moves nothing else in the world.
"""

from random import Random

from omni_pipeline.sandbox import cel, portal, staff
from omni_pipeline.sandbox.engine import DAY, HOUR, MINUTE, MOSCOW_OFFSET
from omni_pipeline.sandbox.people import Person
from omni_pipeline.sandbox.state import CALL_HOURS, World

LEAD = 1
OPENS, CLOSES = 9, 20  # local hours at which somebody answers
# Mean days in each step of the sales pipeline for a manager of pace 1.
_DAYS = {"C1:NEW": 0.2, "C1:NEEDS": 0.9, "C1:OFFER": 2.5, "C1:CONTRACT": 1.5}
_LOST_FROM = {"C1:NEW": 15, "C1:NEEDS": 30, "C1:OFFER": 40, "C1:CONTRACT": 15}


def take(world: World, person: Person | None, lead: int) -> None:
    """A new lead comes to its manager, who answers after a while, in working hours."""
    manager = staff.BY_ID[int(world.entities["lead", lead]["ASSIGNED_BY_ID"])]
    dice = Random(f"{world.plan.seed}:answer:{lead}")
    if dice.random() < 0.06:
        return  # forgotten
    pause = int(MINUTE * manager.minutes * dice.lognormvariate(0, 0.8))
    at = max(opening(world.now), world.now) + max(pause, 40)
    world.schedule(opening(at), _answer, world, person, lead, dice)


def opening(moment: int) -> int:
    """That moment, or the next one at which the office is open."""
    second = (moment + MOSCOW_OFFSET) % DAY
    if second < OPENS * HOUR:
        return moment - second + OPENS * HOUR + second % (20 * MINUTE)
    if second >= CLOSES * HOUR:
        return moment - second + DAY + OPENS * HOUR + second % (20 * MINUTE)
    return moment


def _answer(world: World, person: Person | None, lead: int, dice: Random) -> None:
    payload = world.entities.get(("lead", lead))
    if payload is None:
        return
    manager = staff.BY_ID[int(payload["ASSIGNED_BY_ID"])]
    by: dict[str, str] = {"RESPONSIBLE_ID": str(manager.id)}
    phones, emails = payload.get("PHONE") or [], payload.get("EMAIL") or []
    digits = "".join(filter(str.isdigit, phones[0]["VALUE"])) if phones else ""
    if len(digits) in (10, 11):
        number, talk = f"7{digits[-10:]}", 0 if dice.random() < 0.2 else dice.randrange(30, 400)
        trunk = cel.TRUNKS[dice.choice(("yandex", "vk"))]
        cel.outgoing(world, trunk, manager.extension, number, 6 + dice.randrange(20), talk)
        portal.new_activity(
            world, "VOXIMPLANT_CALL", f"Исходящий на {number}", (LEAD, lead),
            ("PHONE", number), 2, world.now + 3, talk, COMPLETED="Y", **by,
        )  # fmt: skip
    elif emails:
        portal.new_activity(
            world, "CRM_EMAIL", "Ответ на заявку", (LEAD, lead),
            ("EMAIL", emails[0]["VALUE"]), 2, world.now, 0, **by,
        )  # fmt: skip
    else:
        line = ("IM", f"imol|livechat|1|{person.id if person else 0}|{lead}")
        portal.new_activity(
            world, "IMOPENLINES_SESSION", "Ответ оператора", (LEAD, lead), line, 2, world.now, 60,
            **by,
        )  # fmt: skip


def sell(world: World, deal: int, luck: float) -> None:
    """A deal starts its way through the sales pipeline; `luck` below the manager's share wins."""
    manager = staff.BY_ID[int(world.entities["deal", deal]["ASSIGNED_BY_ID"])]
    dice = Random(f"{world.plan.seed}:deal:{deal}")
    lost_from = None
    if luck >= manager.wins:
        lost_from = dice.choices([*_LOST_FROM], [*_LOST_FROM.values()])[0]
    stalls = dice.random() < 0.08
    _later(world, dice, deal, manager.pace, "C1:NEW", lost_from, stalls)


def _later(
    world: World,
    dice: Random,
    deal: int,
    pace: float,
    step: str,
    lost_from: str | None,
    stalls: bool,
) -> None:
    if stalls and step == "C1:OFFER":
        return  # nobody ever comes back to it
    at = world.later(dice, _DAYS[step] * pace, CALL_HOURS)
    world.schedule(at, _move, world, dice, deal, pace, step, lost_from, stalls)


def _move(
    world: World,
    dice: Random,
    deal: int,
    pace: float,
    step: str,
    lost_from: str | None,
    stalls: bool,
) -> None:
    if ("deal", deal) not in world.entities:
        return
    if step == lost_from:
        portal.move_deal(world, deal, dice.choices(staff.LOSSES, (4, 3, 2, 3))[0])
        return
    place, draw = staff.STEPS.index(step), dice.random()
    if step == "C1:OFFER" and draw < 0.12:
        following = "C1:NEEDS"  # the customer wants something else after all
    elif step == "C1:NEW" and draw < 0.18 and lost_from != "C1:NEEDS":
        following = "C1:OFFER"  # knows what to buy already
    elif place + 1 == len(staff.STEPS):
        portal.move_deal(world, deal, staff.WON)
        return
    else:
        following = staff.STEPS[place + 1]
    portal.move_deal(world, deal, following)
    _later(world, dice, deal, pace, following, lost_from, stalls)
