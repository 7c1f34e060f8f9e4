"""What the warehouse knows about one identifier, and why two of them are one customer or are not.

Reads alone. What a person typed is understood by `marts.read_identifier`, which is rendered from
the macros that staging uses, and the path between two identifiers comes from
`marts.explain_identity`: this file holds neither normalisation nor a walk of its own.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import psycopg
from psycopg.rows import dict_row

Row = dict[str, Any]
FORMS = "user:5, fuser:12, contact:7, lead:3, card:0012, a phone or an e-mail address"

KNOWN = """
    select birth_uuid, first_seen, last_seen
    from intermediate.int_identity__nodes where id_type = %(type)s and id_value = %(value)s
"""
CUSTOMER = """
    select customer_uuid
    from marts.customer_identifier where id_type = %(type)s and id_value = %(value)s
"""
SHARED = """
    select reason, counted_type, neighbours, max_distinct, crossed_at
    from marts.shared_identifier where id_type = %(type)s and id_value = %(value)s
"""
PROFILE = """
    select user_id, crm_contact_id, email, phone, first_seen, last_seen, channel_names,
        is_suspect
    from marts.bl_customer_profile where customer_uuid = %(customer)s
"""
IDENTIFIERS = """
    select id_type, id_value, first_seen, last_seen
    from marts.customer_identifier where customer_uuid = %(customer)s
    order by first_seen, id_type, id_value collate "C"
"""
# Shared identifiers that were seen together with identifiers of one customer.
TOUCHED = """
    with own as (
        select node.node_id
        from marts.customer_identifier as identifier
        inner join intermediate.int_identity__nodes as node
            on identifier.id_type = node.id_type and identifier.id_value = node.id_value
        where identifier.customer_uuid = %(customer)s
    ),
    neighbours as (
        select edge.b_id as node_id from own
        inner join intermediate.int_identity__edges as edge on own.node_id = edge.a_id
        union
        select edge.a_id as node_id from own
        inner join intermediate.int_identity__edges as edge on own.node_id = edge.b_id
    )
    select shared.id_type, shared.id_value, shared.reason, shared.counted_type, shared.neighbours,
        shared.max_distinct, shared.crossed_at
    from neighbours
    inner join intermediate.int_identity__nodes as node on neighbours.node_id = node.node_id
    inner join marts.shared_identifier as shared
        on node.id_type = shared.id_type and node.id_value = shared.id_value
    order by shared.id_type, shared.id_value collate "C"
"""
# Links between two customers that a person forbade.
DENIED = """
    select a.id_type as a_type, a.id_value as a_value, b.id_type as b_type, b.id_value as b_value,
        override.reason
    from intermediate.int_identity__overrides as override
    inner join intermediate.int_identity__nodes as a on override.a_id = a.node_id
    inner join intermediate.int_identity__nodes as b on override.b_id = b.node_id
    inner join marts.customer_identifier as of_a
        on a.id_type = of_a.id_type and a.id_value = of_a.id_value
    inner join marts.customer_identifier as of_b
        on b.id_type = of_b.id_type and b.id_value = of_b.id_value
    where override.action = 'deny'
        and of_a.customer_uuid in (%(a)s::uuid, %(b)s::uuid)
        and of_b.customer_uuid in (%(a)s::uuid, %(b)s::uuid)
        and of_a.customer_uuid <> of_b.customer_uuid
    order by override.a_id, override.b_id
"""
HOPS = """
    select from_type, from_value, to_type, to_value, rule, source_table, source_key, observed_at
    from marts.explain_identity(%s, %s, %s, %s) order by hop
"""


class UnknownIdentifier(Exception):
    """The text is no identifier, or none that the warehouse has seen."""


@dataclass(frozen=True, order=True)
class Identifier:
    """An identifier as the marts write it; str() is the form that `omni explain` reads."""

    id_type: str
    id_value: str

    def __str__(self) -> str:
        bare = self.id_type in ("PHONE", "EMAIL")
        return self.id_value if bare else f"{self.id_type.lower()}:{self.id_value}"


@dataclass(frozen=True)
class Shared:
    """Why an identifier joins nobody; counts and limit are None for a blocked value."""

    reason: str
    counted_type: str | None
    neighbours: int | None
    max_distinct: int | None
    crossed_at: datetime | None


@dataclass(frozen=True)
class Subject:
    """One identifier: whose it is, or why it is nobody's."""

    identifier: Identifier
    birth_uuid: str
    first_seen: datetime | None
    last_seen: datetime | None
    customer_uuid: str | None
    shared: Shared | None
    profile: Row
    identifiers: tuple[Row, ...]
    touched: tuple[tuple[Identifier, Shared], ...]


@dataclass(frozen=True)
class Hop:
    """One piece of evidence: two identifiers seen together in one source row.

    A link that a person forced has no time; its table is identity_overrides, its key the reason.
    """

    start: Identifier
    end: Identifier
    rule: str
    source_table: str
    source_key: str
    observed_at: datetime | None


@dataclass(frozen=True)
class Denied:
    """A link between two customers that identity_overrides forbids."""

    a: Identifier
    b: Identifier
    reason: str


@dataclass(frozen=True)
class Explanation:
    """The answer. `verdict`: profile or shared (one identifier), same, one customer, two customers.

    `both_touch` are shared identifiers that two customers have in common.
    """

    verdict: str
    a: Subject
    b: Subject | None = None
    hops: tuple[Hop, ...] = ()
    both_touch: tuple[tuple[Identifier, Shared], ...] = ()
    denied: tuple[Denied, ...] = ()


def explain(connection: psycopg.Connection[Any], a: str, b: str | None = None) -> Explanation:
    """Explain one identifier, or what two of them have to do with each other.

    Raises UnknownIdentifier for text that is no identifier or was never seen, and when the
    warehouse has no marts yet.
    """
    row = connection.execute(
        "select to_regprocedure('marts.explain_identity(text, text, text, text)')"
    ).fetchone()
    if row is None or row[0] is None:
        raise UnknownIdentifier("the warehouse has no marts to explain yet; run `omni run` first")
    first = _subject(connection, read_identifier(connection, a))
    if b is None:
        return Explanation("shared" if first.shared else "profile", first)
    identifier = read_identifier(connection, b)
    if identifier == first.identifier:
        return Explanation("same", first)
    second = _subject(connection, identifier)
    if first.customer_uuid is None or second.customer_uuid is None:
        return Explanation("shared", first, second)
    if first.customer_uuid == second.customer_uuid:
        return Explanation("one customer", first, second, _hops(connection, first, second))
    touched = {identifier for identifier, _ in second.touched}
    both = tuple(pair for pair in first.touched if pair[0] in touched)
    denied = _denied(connection, first.customer_uuid, second.customer_uuid)
    return Explanation("two customers", first, second, both_touch=both, denied=denied)


def read_identifier(connection: psycopg.Connection[Any], written: str) -> Identifier:
    """The identifier that a person typed; raises UnknownIdentifier with the accepted forms."""
    row = connection.execute(
        "select id_type, id_value from marts.read_identifier(%s)", [written]
    ).fetchone()
    if row is None:
        raise UnknownIdentifier(f"{written!r} is not an identifier; known forms: {FORMS}")
    return Identifier(*row)


def _rows(connection: psycopg.Connection[Any], query: str, **values: object) -> list[Row]:
    with connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(query, values).fetchall()


def _subject(connection: psycopg.Connection[Any], identifier: Identifier) -> Subject:
    key = {"type": identifier.id_type, "value": identifier.id_value}
    known = _rows(connection, KNOWN, **key)
    if not known:
        raise UnknownIdentifier(f"{identifier} has not been seen in any source")
    customers = _rows(connection, CUSTOMER, **key)
    customer = customers[0]["customer_uuid"] if customers else None
    profiles = _rows(connection, PROFILE, customer=customer) if customer else []
    reasons = _rows(connection, SHARED, **key)
    return Subject(
        identifier=identifier,
        birth_uuid=str(known[0]["birth_uuid"]),
        first_seen=known[0]["first_seen"],
        last_seen=known[0]["last_seen"],
        customer_uuid=str(customer) if customer else None,
        shared=Shared(**reasons[0]) if reasons else None,
        profile=profiles[0] if profiles else {},
        identifiers=tuple(_rows(connection, IDENTIFIERS, customer=customer) if customer else []),
        touched=tuple(
            (Identifier(row.pop("id_type"), row.pop("id_value")), Shared(**row))
            for row in (_rows(connection, TOUCHED, customer=customer) if customer else [])
        ),
    )


def _hops(connection: psycopg.Connection[Any], a: Subject, b: Subject) -> tuple[Hop, ...]:
    ends = [a.identifier.id_type, a.identifier.id_value, b.identifier.id_type]
    found = connection.execute(HOPS, [*ends, b.identifier.id_value]).fetchall()
    return tuple(
        Hop(Identifier(row[0], row[1]), Identifier(row[2], row[3]), *row[4:]) for row in found
    )


def _denied(connection: psycopg.Connection[Any], a: str, b: str) -> tuple[Denied, ...]:
    return tuple(
        Denied(
            Identifier(row["a_type"], row["a_value"]),
            Identifier(row["b_type"], row["b_value"]),
            row["reason"],
        )
        for row in _rows(connection, DENIED, a=a, b=b)
    )
