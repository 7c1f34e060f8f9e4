"""Long chains and wide stars: full union-find, hourly mini graph and scipy give one answer.

The graphs are landed as genuine rows (a contact with two phones is two links of a chain, cookies of
one account are a star) in three hours, so that the hourly path joins long pieces that it already
knows; then links in the middle are cut. scipy reads the edges and knows nothing of the models.
"""

import random
from collections import Counter
from collections.abc import Iterator
from typing import Any

import numpy as np
import psycopg
import pytest
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from tests.replay.identifiers import number, phone
from tests.replay.opening import replaying
from tests.replay.runner import Replay
from tests.replay.sources import Row
from tests.replay.worlds import Landing

CHAIN, STAR = 5_000, 20_000
HOURS = 3
CHAINS = {"ascending": 70_001, "descending": 70_002, "shuffled": 70_003}
# A band of ids holds 10,000 values, hence several bands for one star.
STARS = {"hub first": 70_010, "hub last": 70_020}
CONTACTS, COOKIES, USERS = "raw_crm.contact", "raw_bitrix.b_sale_fuser", "raw_bitrix.b_user"


def chain_rows(seed: int, order: str) -> list[Row]:
    """Contacts that share each phone with the next: a chain of CHAIN identifiers."""
    links = [
        {
            "id": number(seed, n),
            "phone": [{"VALUE": phone(seed, n)}, {"VALUE": phone(seed, n + 1)}],
            "date_create": "2026-03-01T10:00:00+03:00",
        }
        for n in range(1, CHAIN // 2 + 1)
    ]
    links[-1]["phone"] = [{"VALUE": phone(seed, CHAIN // 2)}]
    if order == "descending":
        links.reverse()
    elif order == "shuffled":
        random.Random(seed).shuffle(links)
    return links


def star_rows(seed: int) -> list[Row]:
    """Cookies of one account; with the account, a star of STAR identifiers."""
    return [
        {"id": number(seed + n // 9_000, 1 + n % 9_000), "user_id": number(seed, 1)}
        for n in range(STAR - 1)
    ]


def hours() -> list[list[Landing]]:
    """What arrives in each hour: every third link, so that the last hour joins them all."""
    batches: list[list[Landing]] = [[] for _ in range(HOURS)]
    for order, seed in CHAINS.items():
        rows = chain_rows(seed, order)
        for hour in range(HOURS):
            batches[hour].append(Landing(CONTACTS, rows[hour::HOURS]))
    for order, seed in STARS.items():
        rows = star_rows(seed)
        for hour in range(HOURS):
            batches[hour].append(Landing(COOKIES, rows[hour::HOURS]))
        batches[0 if order == "hub first" else -1].insert(
            0 if order == "hub first" else len(batches[-1]),
            Landing(USERS, [{"id": number(seed, 1)}]),
        )
    return batches


def rows_of(url: str, query: str) -> list[tuple[Any, ...]]:
    with psycopg.connect(url) as connection:
        return connection.execute(query).fetchall()


def by_scipy(url: str) -> dict[int, int]:
    """The smallest node id of each node's component, from nodes, edges, guards and overrides."""
    nodes = [
        node for (node,) in rows_of(url, "select node_id from intermediate.int_identity__nodes")
    ]
    guarded = {g for (g,) in rows_of(url, "select node_id from intermediate.int_identity__guards")}
    edges = set(rows_of(url, "select a_id, b_id from intermediate.int_identity__edges"))
    cut = rows_of(
        url,
        "select least(a.node_id, b.node_id), greatest(a.node_id, b.node_id) "
        "from rules.identity_overrides as o inner join intermediate.int_identity__nodes as a "
        "on (o.a_type, o.a_value) = (a.id_type, a.id_value) "
        "inner join intermediate.int_identity__nodes as b "
        "on (o.b_type, o.b_value) = (b.id_type, b.id_value) where o.action = 'deny'",
    )
    accepted = [(a, b) for a, b in edges - set(cut) if a not in guarded and b not in guarded]
    position = {node: n for n, node in enumerate(sorted(nodes))}
    ends = np.array([[position[a], position[b]] for a, b in accepted]).reshape(-1, 2)
    graph = coo_array((np.ones(len(ends)), (ends[:, 0], ends[:, 1])), shape=(len(nodes),) * 2)
    _, labels = connected_components(graph, directed=False)
    smallest: dict[int, int] = {}
    for node in sorted(nodes):
        smallest.setdefault(int(labels[position[node]]), node)
    return {node: smallest[int(labels[position[node]])] for node in nodes}


def published(url: str) -> dict[int, int]:
    return dict(
        rows_of(url, "select node_id, component_id from intermediate.int_identity__components")
    )


def sizes(components: dict[int, int]) -> list[int]:
    """Sizes of the components that are larger than a cut-off piece, largest first."""
    return sorted((n for n in Counter(components.values()).values() if n > 10), reverse=True)


@pytest.fixture(scope="module")
def replay(server_url: str, template_database: str) -> Iterator[Replay]:
    with replaying(server_url, template_database) as running:
        yield running


def test_chains_and_stars_both_ways(replay: Replay) -> None:
    for hour, batch in enumerate(hours()):
        replay.land(batch)
        replay.set_bound()
        replay.build()
        assert published(replay.url) == by_scipy(replay.url), f"hour {hour + 1}"
    assert sizes(published(replay.url)) == [STAR, STAR, CHAIN, CHAIN, CHAIN]

    # A phone in the middle of each chain is blocked: its two ends fall apart.
    middle = CHAIN // 4
    blocked = [
        {"id_type": "PHONE", "match": "exact", "pattern": phone(seed, middle), "reason": "office"}
        for seed in CHAINS.values()
    ]
    before = replay.project.rows("identity_blocklist")
    replay.edit("identity_blocklist", [*before, *blocked])
    # A star loses one cookie to a person's decision.
    cut = {"a_type": "USER", "a_value": number(STARS["hub first"], 1), "b_type": "FUSER"}
    cut |= {"b_value": number(STARS["hub first"], 5), "action": "deny", "reason": "not hers"}
    replay.edit("identity_overrides", [cut])
    replay.build()
    assert published(replay.url) == by_scipy(replay.url), "after the cuts"
    halves = [CHAIN - 2 * middle + 1, 2 * middle - 2]
    assert sizes(published(replay.url)) == sorted([STAR, STAR - 1, *halves * 3], reverse=True)

    with replay.rebuilt() as differences:
        assert published(replay.url) == by_scipy(replay.url), "rebuilt"
        assert not differences, "\n".join(differences)

    replay.edit("identity_blocklist", before)
    replay.edit("identity_overrides", [])
    replay.build()
    assert published(replay.url) == by_scipy(replay.url), "after the release"
    assert sizes(published(replay.url)) == [STAR, STAR, CHAIN, CHAIN, CHAIN]
    assert not (found := replay.differences_to_rebuild(by_flag=True)), "\n".join(found)
