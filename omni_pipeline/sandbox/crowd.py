"""The crowd: people who look at a page or a few and whom the shop never gets to know.

Belongs here: their visits and cookies. Does not belong here: people with a name (`web.py`).

Of a hundred visits of a shop two end in an order. The rest are mostly theirs: a cookie seen once,
seldom twice. Dice are the crowd's own, so that it moves nothing in anybody else's life.
"""

from math import sqrt
from random import Random

from omni_pipeline.sandbox import season, traffic, web
from omni_pipeline.sandbox.engine import DAY, HOUR, MINUTE, MOSCOW_OFFSET
from omni_pipeline.sandbox.people import Fuser
from omni_pipeline.sandbox.state import HOURS, KIOSK_FUSER, World

VISITS = 0.105  # a day, for each person of the plan
BOUNCES, RETURNS = 0.53, 0.13
# Where they come from. What the network of Yandex shows is clicked on often, and in passing.
_CHANNELS = {
    "direct": 17,
    "yandex_organic": 21,
    "google_organic": 16,
    "yandex_cpc": 13,
    "yandex_network": 9,
    "google_cpc": 2,
    "vk": 8,
    "vk_post": 5,
    "referral": 7,
}


class Crowd:
    """Strangers on the site, as many in an hour as the day and the hour bring."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._dice = Random(f"{world.plan.seed}:crowd")
        self._daily = VISITS * world.plan.people * world.plan.haste

    def gather(self) -> None:
        """Draw the visits of the hour that begins."""
        world, dice = self._world, self._dice
        world.schedule(world.now + HOUR, self.gather)
        hour = (world.now + MOSCOW_OFFSET) % DAY // HOUR
        mean = (
            self._daily
            * HOURS[hour]
            / sum(HOURS)
            * season.traffic(world.now, world.plan.started_at)
        )
        count = max(0, int(dice.gauss(mean, sqrt(mean)) + 0.5))
        for _ in range(count):
            world.schedule(world.now + int(dice.random() * HOUR), self._come)

    def _come(self) -> None:
        world, dice = self._world, self._dice
        fuser = Fuser(world.next_id("fuser", KIOSK_FUSER + 1), world.now)
        world.anonymous[fuser.id] = fuser
        world.insert("b_sale_fuser", web.fuser_row(fuser.id, world.now, None, world))
        client = f"{dice.getrandbits(62)}.{world.now}"
        self._look(fuser, client, dice.choices([*_CHANNELS], [*_CHANNELS.values()])[0])

    def _look(self, fuser: Fuser, client: str, channel: str) -> None:
        """A visit of one page, or up to six; some come back within days."""
        world, dice = self._world, self._dice
        if fuser.id not in world.anonymous:
            return
        marks = traffic.arrive(dice, channel)
        session = web.session(world, dice, fuser.id, None, client, marks)
        if dice.random() >= BOUNCES:
            pages = min(2 + int(dice.expovariate(1 / 1.4)), 6)
            seconds = pages * (8 + int(dice.expovariate(1 / 35)))
            world.schedule(world.now + seconds, web.end_session, world, session, pages)
        if dice.random() < RETURNS:
            again = dice.choice(("direct", "direct", channel))
            at = world.later(dice, 3)
            world.schedule(max(at, world.now + 40 * MINUTE), self._look, fuser, client, again)
