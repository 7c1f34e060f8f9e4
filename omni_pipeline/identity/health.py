"""How stitching is doing, in numbers: sizes, what changed since the last look, what does not hold.

Reads alone and imports no Dagster. A table that does not exist yet counts as empty.
"""

from typing import Any

import psycopg

SUSPECT_SHARE = 0.01  # more means that an identifier joins strangers below its limit
SUSPECT_FLOOR = 100  # profiles: below this a share says little
# One profile alone is a giant, as assert_few_suspect_profiles has it: identifiers besides cookies,
# in all, and from a floor on as a share of all there are.
GIANT_BESIDES_COOKIES, GIANT_SIZE, GIANT_FLOOR, GIANT_SHARE = 50, 1_000, 100, 0.01

# By table: names of numbers and the query that gives them; %(since)s is the bound of the last look.
MEASURES = {
    # Numbers of nodes run without gaps in each class, so the largest ones are the count.
    "intermediate.int_identity__nodes": (
        ("nodes",),
        """
        select
            coalesce(max(node_id) filter (where node_id < 1000000000000), 0)
            + coalesce(max(node_id) filter (where node_id > 1000000000000) - 1000000000000, 0)
        from (
            (select node_id from intermediate.int_identity__nodes
            where node_id < 1000000000000 order by node_id desc limit 1)
            union all
            (select node_id from intermediate.int_identity__nodes
            where node_id > 1000000000000 order by node_id desc limit 1)
        ) as last
        """,
    ),
    "intermediate.int_identity__edges": (
        ("edges",),
        "select count(*) from intermediate.int_identity__edges",
    ),
    "marts.bl_customer_profile": (
        ("profiles", "suspects", "largest_component", "most_besides_cookies", "identifiers"),
        """
        select count(*), count(*) filter (where is_suspect), coalesce(max(identifier_count), 0),
            coalesce(max(identifier_count - fuser_count), 0), coalesce(sum(identifier_count), 0)
        from marts.bl_customer_profile
        """,
    ),
    "marts.shared_identifier": (
        ("shared",),
        "select count(*) from marts.shared_identifier",
    ),
    "intermediate.int_identity__guards": (
        ("newly_shared",),
        "select count(*) from intermediate.int_identity__guards where crossed_seq > %(since)s",
    ),
    # By arrival alone: the indexes of the raw tables find the rows of an hour.
    "intermediate.int_identity__unread": (
        ("newly_unread", "newly_mended"),
        """
        select count(*) filter (where read_as is null), count(*) filter (where read_as is not null)
        from intermediate.int_identity__unread where _seq > %(since)s
        """,
    ),
    "marts.customer_uuid_history": (
        ("merges", "splits"),
        """
        select count(distinct old_uuid) filter (where cause = 'merge'),
            count(distinct new_uuid) filter (where cause = 'split')
        from marts.customer_uuid_history where batch_seq > %(since)s
        """,
    ),
}
# uuids that changes since the last look concern and that lead to no standing customer. A uuid whose
# identifier is shared by now and was seen with nobody else has no heir: that is no fault.
UNRESOLVED = """
    with concerned as (
        select old_uuid as issued_uuid
        from marts.customer_uuid_history where batch_seq > %(since)s and old_uuid is not null
        union
        select new_uuid as issued_uuid
        from marts.customer_uuid_history where batch_seq > %(since)s and new_uuid is not null
    )
    select count(*)
    from concerned
    left join marts.bl_customer_alias as alias on concerned.issued_uuid = alias.alias_uuid
    left join marts.bl_customer_profile as profile on alias.customer_uuid = profile.customer_uuid
    where profile.customer_uuid is null and not exists (
        select from intermediate.int_identity__nodes as node
        inner join intermediate.int_identity__guards as guard on node.node_id = guard.node_id
        where node.birth_uuid = concerned.issued_uuid and alias.alias_uuid is null
    )
"""
HISTORY = "marts.customer_uuid_history"


def measure(connection: psycopg.Connection[Any], since: int) -> dict[str, int]:
    """The numbers by name; merges, splits and newly_* are those after arrival `since`."""
    found: dict[str, int] = {}
    for table, (names, query) in MEASURES.items():
        numbers = _numbers(connection, query, since) if _exists(connection, table) else None
        found |= dict(zip(names, numbers or [0] * len(names), strict=True))
    return found


def unresolved_uuids(connection: psycopg.Connection[Any], since: int) -> int:
    """How many issued uuids that changed after arrival `since` lead to no standing customer.

    A uuid can lose its customer only when its own identifier changes hands, which the history
    notes: looking at news alone covers all uuids over the runs, and dbt looks at all every night.
    """
    if not all(_exists(connection, table) for table in (HISTORY, "marts.bl_customer_profile")):
        return 0
    return _numbers(connection, UNRESOLVED, since)[0]


def suspects_are_few(numbers: dict[str, int]) -> bool:
    """Whether the share of suspects is within what ordinary families and typing errors make."""
    profiles = numbers["profiles"]
    return profiles < SUSPECT_FLOOR or numbers["suspects"] <= SUSPECT_SHARE * profiles


def no_giant(numbers: dict[str, int]) -> bool:
    """Whether no single profile holds more than any person has, in number or as a share of all."""
    largest = numbers["largest_component"]
    share = largest / max(numbers["identifiers"], 1)
    return (
        numbers["most_besides_cookies"] <= GIANT_BESIDES_COOKIES
        and largest <= GIANT_SIZE
        and (largest < GIANT_FLOOR or share <= GIANT_SHARE)
    )


def published_bound(connection: psycopg.Connection[Any]) -> int:
    """The arrival up to which the marts describe the sources; 0 before the first run."""
    return _numbers(connection, "select coalesce(max(up_to_seq), 0) from ops.bound", 0)[0]


def _exists(connection: psycopg.Connection[Any], table: str) -> bool:
    row = connection.execute("select to_regclass(%s) is not null", [table]).fetchone()
    return bool(row and row[0])


def _numbers(connection: psycopg.Connection[Any], query: str, since: int) -> list[int]:
    row = connection.execute(query, {"since": since}).fetchone()
    assert row is not None  # an aggregate always answers
    return [int(value) for value in row]
