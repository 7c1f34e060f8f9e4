"""Rows an Asterisk (12 or newer) writes to its channel event log for one call.

Belongs here: the sequence of events of each kind of call, channel names, `extra` JSON. Does not
belong here: who calls when (`calls.py`). Order holds per channel only, ids are insert order.
"""

import json
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from omni_pipeline.sandbox.engine import local
from omni_pipeline.sandbox.state import World

Event = tuple[int, dict[str, Any]]  # seconds after the call began, columns


@dataclass(frozen=True)
class Trunk:
    """An outside line: channel prefix, the number dialled on it (DID)."""

    peer: str
    did: str


TRUNKS = {
    "yandex": Trunk("PJSIP/mango", "74951110001"),
    "google": Trunk("PJSIP/mango", "74951110002"),
    "vk": Trunk("PJSIP/mts", "74952220003"),
    "other": Trunk("PJSIP/mts", "74953330004"),  # no source is known for this one
}


@dataclass
class Channel:
    """One leg of a call."""

    name: str
    uniqueid: str
    linkedid: str
    cid_num: str
    exten: str
    context: str

    def event(self, kind: str, extra: dict[str, Any] | None = None, **given: Any) -> dict[str, Any]:
        return {
            "eventtype": kind,
            "cid_name": "",
            "cid_num": self.cid_num,
            "cid_ani": self.cid_num,
            "cid_rdnis": "",
            "cid_dnid": self.exten if kind == "CHAN_START" else "",
            "exten": self.exten,
            "context": self.context,
            "channame": self.name,
            "appname": "",
            "appdata": "",
            "amaflags": 3,
            "accountcode": "",
            "peeraccount": "",
            "uniqueid": self.uniqueid,
            "linkedid": self.linkedid,
            "userfield": "",
            "peer": "",
            "userdeftype": "",
            "extra": json.dumps(extra) if extra is not None else "",
        } | given


class Call:
    """Builder of one call's events; channels get their ids as they appear."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.began = world.now
        self.linkedid = ""
        self.events: list[Event] = []

    def channel(self, peer: str, cid_num: str, exten: str, context: str) -> Channel:
        number = self.world.next_id("channel")
        uniqueid = f"{self.began}.{number}"
        self.linkedid = self.linkedid or uniqueid
        name = f"{peer}-{number:08x}"
        return Channel(name, uniqueid, self.linkedid, cid_num, exten, context)

    def at(self, second: int, channel: Channel, kind: str, extra: Any = None, **given: Any) -> None:
        self.events.append((second, channel.event(kind, extra, **given)))

    def bridge(self, start: int, end: int, first: Channel, second: Channel, leaves: bool) -> None:
        """Two channels talk; `leaves` False keeps the second one for what comes next."""
        bridge = {
            "bridge_id": f"{self.world.rng.getrandbits(48):012x}",
            "bridge_technology": "simple_bridge",
        }
        self.at(start, first, "BRIDGE_ENTER", bridge, appname="AppDial", peer="")
        self.at(start, second, "BRIDGE_ENTER", bridge, appname="Dial", peer=first.name)
        self.at(end, first, "BRIDGE_EXIT", bridge, appname="AppDial", peer=second.name)
        self.at(end, second, "BRIDGE_EXIT", bridge, appname="Dial" if leaves else "", peer="")

    def hang_up(self, second: int, channel: Channel, cause: int, source: str, status: str) -> None:
        extra = {"hangupcause": cause, "hangupsource": source, "dialstatus": status}
        self.at(second, channel, "HANGUP", extra)
        self.at(second, channel, "CHAN_END")

    def finish(self, second: int, root: Channel) -> None:
        self.at(second, root, "LINKEDID_END")

    def ring(self, second: int, extensions: list[str], root: Channel) -> list[Channel]:
        legs = []
        for extension in extensions:
            leg = self.channel(f"PJSIP/{extension}", extension, "s", "from-internal")
            self.at(second, leg, "CHAN_START")
            legs.append(leg)
        return legs

    def write(self) -> None:
        """Put the events on the calendar; `sorted` is stable, so channels keep their own order."""
        for second, row in sorted(self.events, key=lambda event: event[0]):
            self.world.schedule(self.began + second, _insert, self.world, row)


def _insert(world: World, row: dict[str, Any]) -> None:
    second, rows = world.cel_tick
    rows = rows + 1 if second == world.now else 0
    world.cel_tick = world.now, rows
    moment = local(world.now) + timedelta(microseconds=rows * 1_700)
    world.insert("cel", {"id": world.next_id("cel"), "eventtime": moment, **row})


def _entry(call: Call, trunk: Trunk, caller: str) -> Channel:
    exten = trunk.did
    root = call.channel(trunk.peer, caller, exten, "from-trunk")
    call.at(0, root, "CHAN_START")
    call.at(1, root, "ANSWER", appname="Answer")
    return root


def incoming(
    world: World, trunk: Trunk, caller: str, wait: int, talk: int, agents: list[str]
) -> None:
    """Queue, one agent of several answers, both talk, the caller hangs up."""
    call = Call(world)
    root = _entry(call, trunk, caller)
    call.at(2, root, "APP_START", appname="Queue", appdata="sales,tTr,,,60")
    legs = call.ring(2, agents, root)
    answered = legs[0]
    call.at(wait, answered, "ANSWER", appname="AppQueue")
    for leg in legs[1:]:
        call.hang_up(wait, leg, 26, "", "")
    call.bridge(wait, wait + talk, answered, root, leaves=True)
    call.hang_up(wait + talk, answered, 16, root.name, "")
    call.at(wait + talk, root, "APP_END", appname="Queue", appdata="sales,tTr,,,60")
    call.hang_up(wait + talk, root, 16, root.name, "ANSWER")
    call.finish(wait + talk, root)
    call.write()


def transferred(
    world: World,
    trunk: Trunk,
    caller: str,
    wait: int,
    talks: tuple[int, int],
    agents: tuple[str, str],
) -> None:
    """The first agent sends the caller on to a colleague, who answers after six seconds."""
    call = Call(world)
    root = _entry(call, trunk, caller)
    call.at(2, root, "APP_START", appname="Dial", appdata=f"PJSIP/{agents[0]},60,tT")
    (first,) = call.ring(2, [agents[0]], root)
    call.at(wait, first, "ANSWER", appname="AppDial")
    moved = wait + talks[0]
    call.bridge(wait, moved, first, root, leaves=False)
    transfer = {"extension": agents[1], "context": "from-internal-xfer", "bridge_id": "0"}
    call.at(moved, first, "BLINDTRANSFER", transfer, peer=root.name)
    call.hang_up(moved, first, 16, first.name, "")
    call.at(moved, root, "APP_START", appname="Dial", appdata=f"PJSIP/{agents[1]},60,tT")
    (second,) = call.ring(moved, [agents[1]], root)
    call.at(moved + 6, second, "ANSWER", appname="AppDial")
    end = moved + 6 + talks[1]
    call.bridge(moved + 6, end, second, root, leaves=True)
    call.hang_up(end, second, 16, root.name, "")
    call.hang_up(end, root, 16, root.name, "ANSWER")
    call.finish(end, root)
    call.write()


def only_menu(world: World, trunk: Trunk, caller: str, seconds: int) -> None:
    """The voice menu answers, nobody else does: answered for Asterisk, missed for the shop."""
    call = Call(world)
    root = _entry(call, trunk, caller)
    call.at(1, root, "APP_START", appname="BackGround", appdata="ivr/welcome")
    call.at(seconds, root, "APP_END", appname="BackGround", appdata="ivr/welcome")
    call.hang_up(seconds, root, 16, root.name, "")
    call.finish(seconds, root)
    call.write()


def missed(world: World, trunk: Trunk, caller: str, seconds: int, agents: list[str]) -> None:
    """Agents' telephones ring until the caller gives up."""
    call = Call(world)
    root = call.channel(trunk.peer, caller, trunk.did, "from-trunk")
    call.at(0, root, "CHAN_START")
    call.at(1, root, "APP_START", appname="Dial", appdata="&".join(f"PJSIP/{a}" for a in agents))
    for leg in call.ring(1, agents, root):
        call.hang_up(seconds, leg, 26, "", "")
    call.at(seconds, root, "APP_END", appname="Dial", appdata="")
    call.hang_up(seconds, root, 0, root.name, "CANCEL")
    call.finish(seconds, root)
    call.write()


def outgoing(world: World, trunk: Trunk, agent: str, number: str, ring: int, talk: int) -> None:
    """An agent dials 9 and an outside number; `talk` 0 means nobody picked up."""
    call = Call(world)
    root = call.channel(f"PJSIP/{agent}", agent, f"9{number}", "from-internal")
    call.at(0, root, "CHAN_START")
    call.at(0, root, "APP_START", appname="Dial", appdata=f"{trunk.peer}/{number},300,T")
    leg = call.channel(trunk.peer, number, number, "from-trunk")
    call.at(1, leg, "CHAN_START")
    end = ring + talk
    if talk:
        call.at(ring, leg, "ANSWER", appname="AppDial")
        call.at(ring, root, "ANSWER", appname="Dial")
        call.bridge(ring, end, leg, root, leaves=True)
    call.hang_up(end, leg, 16 if talk else 19, leg.name if talk else root.name, "")
    call.hang_up(end, root, 16, root.name, "ANSWER" if talk else "NOANSWER")
    call.finish(end, root)
    call.write()


def internal(world: World, agents: tuple[str, str], ring: int, talk: int) -> None:
    """Two agents talk to each other: no customer in it."""
    call = Call(world)
    root = call.channel(f"PJSIP/{agents[0]}", agents[0], agents[1], "from-internal")
    call.at(0, root, "CHAN_START")
    call.at(0, root, "APP_START", appname="Dial", appdata=f"PJSIP/{agents[1]},30")
    (leg,) = call.ring(0, [agents[1]], root)
    call.at(ring, leg, "ANSWER", appname="AppDial")
    call.at(ring, root, "ANSWER", appname="Dial")
    call.bridge(ring, ring + talk, leg, root, leaves=True)
    call.hang_up(ring + talk, leg, 16, leg.name, "")
    call.hang_up(ring + talk, root, 16, leg.name, "ANSWER")
    call.finish(ring + talk, root)
    call.write()
