"""The ways in which a run breaks off midway."""

import random

from tests.replay.runner import Replay


def break_off(replay: Replay, way: str, chance: random.Random) -> str:
    """Begin a run and let it crash in the given way; a sentence about what happened."""
    if way == "prefix":
        return f"stopped after {replay.build_only_first(chance.random())}"
    if way == "connection":
        model = chance.choice(replay.models)
        died = replay.build_until_connection_dies(model, chance.choice([0.0, 0.01, 0.03, 0.08]))
        return f"connection of {model} {'died' if died else 'ended unharmed'}"
    killed = replay.build_until_killed(chance.random() * 1.2)
    return f"dbt {'killed' if killed else 'had already finished'}"
