"""A small world of customers with known truth, for demos and tests.

Belongs here: a simulation of people who meet a shop through every channel, the databases and stub
interfaces in which its source systems keep them, and a score of what the warehouse made of it.
Does not belong here: anything production code needs; nothing outside tests, demo and this folder
imports it, and it imports no Dagster.

A world is a pure function of (seed, people, days, start) and a moment: `create` writes its state at
one moment, `advance` applies what happens in the hours after it.

`create(server_url, people=…, days=…, seed=…, until=…)`, `exists`, `now`, `drop`,
`advance(server_url, hours)`, `environment(server_url, api_url)`,
`score(warehouse_url, server_url)`; the stub interfaces are in `sandbox.api`.
"""

from omni_pipeline.sandbox.databases import (
    Advanced,
    advance,
    create,
    database_url,
    drop,
    environment,
    exists,
    now,
)
from omni_pipeline.sandbox.score import Score, score

__all__ = [
    "Advanced",
    "Score",
    "advance",
    "create",
    "database_url",
    "drop",
    "environment",
    "exists",
    "now",
    "score",
]
