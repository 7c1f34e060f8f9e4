"""How well the warehouse knows the people of the sandbox, and which planted faults it found.

Belongs here: comparing marts.customer_identifier and loyalty.discrepancy with the truth. A pair is
two identifiers of one person. PHONE and EMAIL are means, not ends: pairs are counted over USER,
FUSER, CONTACT, LEAD and CARD. Values that several people use are in no truth and count nowhere.
"""

from collections import Counter
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import sql

from omni_pipeline.sandbox.databases import database_url

COUNTED = ("USER", "FUSER", "CONTACT", "LEAD", "CARD")

Identifier = tuple[str, str]
Fault = tuple[str, str, str]


@dataclass(frozen=True)
class Score:
    """Shares are 0..1, and 1 where there is nothing to find.

    `precision`: pairs the warehouse joined that are right. `recall`: pairs of the truth that it
    joined. `achievable_recall`: pairs of the truth that its edges between identifiers of one person
    connect at all (the rest left no trace in any source). `recall_of_achievable`: those joined.
    Faults are (code, subject type, subject id); `faults_false` are findings that were not planted.
    """

    precision: float
    recall: float
    achievable_recall: float
    recall_of_achievable: float
    pairs_truth: int
    pairs_joined: int
    pairs_correct: int
    pairs_achievable: int
    faults_found: tuple[Fault, ...] = ()
    faults_missed: tuple[Fault, ...] = ()
    faults_false: tuple[Fault, ...] = ()


def score(warehouse_url: str, server_url: str) -> Score:
    """Compare a built warehouse with the sandbox it was built from."""
    with psycopg.connect(database_url(server_url, "truth")) as connection:
        persons = {
            (id_type, id_value): person
            for person, id_type, id_value in connection.execute(
                "select person_id, id_type, id_value from person_identifier"
            )
        }
        planted = _faults(connection, "planted_fault")
    with psycopg.connect(warehouse_url) as connection:
        customers = {
            (id_type, id_value): customer
            for id_type, id_value, customer in connection.execute(
                "select id_type, id_value, customer_uuid from marts.customer_identifier"
            )
        }
        edges = _edges(connection)
        found = _faults(connection, "loyalty.discrepancy")
    return judge(persons, customers, edges, planted, found)


def judge(
    persons: Mapping[Identifier, Hashable],
    customers: Mapping[Identifier, Hashable],
    edges: Iterable[tuple[Identifier, Identifier]],
    planted: frozenset[Fault] = frozenset(),
    found: frozenset[Fault] = frozenset(),
) -> Score:
    """The score from plain mappings: identifier -> person, identifier -> customer, seen edges."""
    counted = [entry for entry in persons if entry[0] in COUNTED]
    seen = [entry for entry in counted if entry in customers]
    groups = components(persons, edges)
    truth = _pairs(persons[entry] for entry in counted)
    joined = _pairs(customers[entry] for entry in seen)
    correct = _pairs((persons[entry], customers[entry]) for entry in seen)
    achievable = _pairs(groups[entry] for entry in counted)
    achieved = _pairs((groups[entry], customers[entry]) for entry in seen)
    return Score(
        precision=_share(correct, joined),
        recall=_share(correct, truth),
        achievable_recall=_share(achievable, truth),
        recall_of_achievable=_share(achieved, achievable),
        pairs_truth=truth,
        pairs_joined=joined,
        pairs_correct=correct,
        pairs_achievable=achievable,
        faults_found=tuple(sorted(planted & found)),
        faults_missed=tuple(sorted(planted - found)),
        faults_false=tuple(sorted(found - planted)),
    )


def components(
    persons: Mapping[Identifier, Hashable], edges: Iterable[tuple[Identifier, Identifier]]
) -> dict[Identifier, Identifier]:
    """Representative of each identifier's component over edges that stay within one person."""
    parent: dict[Identifier, Identifier] = {entry: entry for entry in persons}

    def find(entry: Identifier) -> Identifier:
        while parent[entry] != entry:
            parent[entry] = parent[parent[entry]]
            entry = parent[entry]
        return entry

    for first, second in edges:
        if first in parent and second in parent and persons[first] == persons[second]:
            parent[find(first)] = find(second)
    return {entry: find(entry) for entry in parent}


def _pairs(labels: Iterable[Hashable]) -> int:
    """Unordered pairs with equal labels."""
    return sum(count * (count - 1) // 2 for count in Counter(labels).values())


def _share(part: int, whole: int) -> float:
    return part / whole if whole else 1.0


def _edges(connection: psycopg.Connection[Any]) -> list[tuple[Identifier, Identifier]]:
    rows = connection.execute(
        "select a.id_type, a.id_value, b.id_type, b.id_value"
        " from intermediate.int_identity__edges as e"
        " join intermediate.int_identity__nodes as a on a.node_id = e.a_id"
        " join intermediate.int_identity__nodes as b on b.node_id = e.b_id"
    )
    return [((a_type, a_value), (b_type, b_value)) for a_type, a_value, b_type, b_value in rows]


def _faults(connection: psycopg.Connection[Any], table: str) -> frozenset[Fault]:
    """Faults of a table; none if the table has not been made yet."""
    made = connection.execute("select to_regclass(%s) is not null", [table]).fetchone()
    if made is None or not made[0]:
        return frozenset()
    query = "select code, subject_type, subject_id::text from {}"
    parts = sql.Identifier(*table.split("."))
    rows = connection.execute(sql.SQL(query).format(parts)).fetchall()
    return frozenset((code, kind, subject) for code, kind, subject in rows)
