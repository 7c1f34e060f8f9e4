"""What people change between two hours: limits, blocklist, overrides, kinds of technical accounts.

Each edit is global like the seed it is made in, but names values of single worlds. `OVERRIDES` may
be missing from an older project; its edits are then left out.
"""

import random
from collections.abc import Sequence

from tests.replay.identifiers import card, email, number, phone
from tests.replay.runner import Replay
from tests.replay.worlds import World

RULES, BLOCKLIST, OVERRIDES, KINDS = (
    "identity_rules",
    "identity_blocklist",
    "identity_overrides",
    "technical_user_types",
)
# Low enough for a world of thirty people to cross them.
LIMITS = {
    ("PHONE", "USER"): 3, ("PHONE", "CONTACT"): 4, ("PHONE", "LEAD"): 4, ("PHONE", "CARD"): 2,
    ("PHONE", "FUSER"): 4, ("EMAIL", "USER"): 2, ("EMAIL", "CONTACT"): 3, ("EMAIL", "LEAD"): 3,
    ("EMAIL", "CARD"): 2, ("EMAIL", "FUSER"): 4, ("CARD", "USER"): 2, ("CARD", "CONTACT"): 2,
    ("FUSER", "USER"): 1, ("PHONE", "EMAIL"): 3, ("EMAIL", "PHONE"): 3, ("FUSER", "PHONE"): 2,
    ("FUSER", "EMAIL"): 2, ("CARD", "PHONE"): 3,
}  # fmt: skip


def limit(replay: Replay, limits: dict[tuple[str, str], int]) -> None:
    """Replace the limits."""
    replay.edit(
        RULES,
        [
            {"id_type": id_type, "counted_type": counted, "max_distinct": most}
            for (id_type, counted), most in limits.items()
        ],
    )


def lower(replay: Replay, chance: random.Random) -> str:
    """Every limit one lower, one of them gone altogether."""
    limits = {key: max(1, most - 1) for key, most in LIMITS.items()}
    limits.pop(chance.choice(list(limits)))
    limit(replay, limits)
    return "limits lowered"


def higher(replay: Replay, chance: random.Random) -> str:
    """Limits so high that most of what was shared merges again; a new rule appears."""
    limits = {key: most + chance.randint(1, 9) for key, most in LIMITS.items()}
    limit(replay, limits | {("CARD", "EMAIL"): 2})
    return "limits raised"


def block(replay: Replay, worlds: Sequence[World], chance: random.Random) -> str:
    """Some worlds block their hub phone or e-mail, a few everything at their mail domain."""
    rows = []
    for world in worlds:
        hub_email = email(world.seed, 1)
        rows += chance.choice(
            [
                [],
                [],
                [{"id_type": "PHONE", "match": "exact", "pattern": phone(world.seed, 1)}],
                [{"id_type": "EMAIL", "match": "exact", "pattern": hub_email}],
                [{"id_type": "EMAIL", "match": "suffix", "pattern": hub_email.split("@")[1]}],
                # One value for two reasons: the earliest reason must stand in both ways.
                [
                    {"id_type": "PHONE", "match": "exact", "pattern": phone(world.seed, 2)},
                    {"id_type": "PHONE", "match": "prefix", "pattern": phone(world.seed, 2)[:11]},
                ],
            ]
        )
    named = [{**row, "reason": chance.choice(["office", "partner"])} for row in rows]
    replay.edit(BLOCKLIST, [*replay.project.rows(BLOCKLIST), *named])
    return f"{len(rows)} values blocked"


def release(replay: Replay, chance: random.Random) -> str:
    """Half of what was blocked is released."""
    rows = replay.project.rows(BLOCKLIST)
    replay.edit(
        BLOCKLIST,
        [row for row in rows if ".example" not in row["pattern"] or chance.random() < 0.5],
    )
    return "blocked values released"


def override(replay: Replay, worlds: Sequence[World], chance: random.Random) -> str:
    """Replace all overrides: earlier ones are released, pairs are cut, others are forced."""
    if not replay.project.has(OVERRIDES):
        return "no overrides in this project"
    rows = []
    for world in worlds:
        cut = chance.sample(world.pairs, min(len(world.pairs), chance.randint(0, 3)))
        rows += [_override(pair, "deny", chance) for pair in cut]
        for _ in range(chance.randint(0, 2)):
            ends = chance.sample(_known(world, chance), 2)
            pair = (*ends[0], *ends[1])
            if pair not in cut and (*ends[1], *ends[0]) not in cut:
                rows.append(_override(pair, "force", chance))
    replay.edit(OVERRIDES, rows)
    return f"{len(rows)} overrides"


def reclassify(replay: Replay) -> str:
    """Accounts of partners become technical, or people again."""
    partner = {"external_auth_id": "partner", "note": "not a person"}
    rows = replay.project.rows(KINDS)
    become = partner not in rows
    replay.edit(KINDS, [*rows, partner] if become else [row for row in rows if row != partner])
    return f"partners are {'technical' if become else 'people'}"


def _override(
    pair: tuple[str, str, str, str], action: str, chance: random.Random
) -> dict[str, str]:
    a, b = pair[:2], pair[2:]
    if chance.random() < 0.5:  # a person does not know which end has the smaller number
        a, b = b, a
    return {
        "a_type": a[0], "a_value": a[1], "b_type": b[0], "b_value": b[1],
        "action": action, "reason": f"{action} by hand",
    }  # fmt: skip


def _known(world: World, chance: random.Random) -> list[tuple[str, str]]:
    """Identifiers a person may name; a few of them the sources have not brought yet."""
    n = chance.randint(1, 14)
    return [
        ("USER", str(number(world.seed, chance.randint(1, 8)))),
        ("CONTACT", str(number(world.seed, chance.randint(1, 8)))),
        ("LEAD", str(number(world.seed, chance.randint(1, 8)))),
        ("FUSER", str(number(world.seed, chance.randint(1, 8)))),
        ("PHONE", phone(world.seed, n)),
        ("EMAIL", email(world.seed, n)),
        ("CARD", card(world.seed, chance.randint(1, 4))),
    ]
