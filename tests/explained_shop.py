"""Identity tables of a few invented people, made by hand, with the functions that explain them.

Anna is a cookie, an account, a phone and a lead; Boris an account, a card and an e-mail. Both
were seen with the number of their office, which is shared, and a person denied the link between
Anna's account and Boris' address.
"""

from pathlib import Path
from typing import Any

import jinja2
import psycopg

MACROS = Path(__file__).resolve().parents[1] / "dbt_project" / "macros"
TABLES = """
    create schema intermediate;
    create schema marts;
    create table intermediate.int_identity__nodes (
        node_id bigint, id_type text, id_value text, first_seen timestamptz, last_seen timestamptz,
        birth_uuid uuid
    );
    create table intermediate.int_identity__edges (a_id bigint, b_id bigint);
    create table intermediate.int_identity__overrides (
        a_id bigint, b_id bigint, action text, reason text
    );
    create table marts.customer_identifier (
        id_type text, id_value text, customer_uuid uuid, first_seen timestamptz,
        last_seen timestamptz
    );
    create table marts.bl_customer_alias (alias_uuid uuid, customer_uuid uuid);
    create table marts.bl_customer_profile (
        customer_uuid uuid, user_id bigint, crm_contact_id bigint, email text, phone text,
        first_seen timestamptz, last_seen timestamptz, channel_names jsonb, is_suspect boolean
    );
    create table marts.shared_identifier (
        id_type text, id_value text, reason text, counted_type text, neighbours bigint,
        max_distinct integer, crossed_at timestamptz
    );
    create table marts.customer_merge_log (
        seq bigint, merged_at timestamptz, rule text, source_table text, source_key text,
        a_type text, a_value text, b_type text, b_value text, winner_uuid uuid, loser_uuid uuid
    );
"""
SPRING, SUMMER = "2026-03-01 10:00Z", "2026-07-01 10:00Z"
OFFICE = "+74957801100"
# Customers by name: their identifiers in order of arrival.
PEOPLE = {
    "anna": ["FUSER 12", "USER 5", "PHONE +79161234567", "LEAD 3"],
    "boris": ["USER 6", "CARD A0012", "EMAIL boris@mail.example"],
}
# a, b, rule, source table, source key; the first identifier of a customer wins every merge.
LINKS = [
    ("USER 5", "FUSER 12", "login", "b_sale_fuser", "12"),
    ("USER 5", "PHONE +79161234567", "site_user_phone", "b_user", "5"),
    ("LEAD 3", "PHONE +79161234567", "lead_phone", "crm.lead", "3"),
    ("USER 6", "CARD A0012", "card_user", "bl_loyalty_account", "9"),
    ("USER 6", "EMAIL boris@mail.example", "override", "identity_overrides", "one person"),
]
Warehouse = psycopg.Connection[tuple[Any, ...]]


def fill(warehouse: Warehouse) -> None:
    """Anna, Boris and their office in an empty warehouse."""
    warehouse.execute(TABLES)
    create_functions(warehouse)
    for identifiers in PEOPLE.values():
        publish(warehouse, identifiers)
    for link in LINKS:
        log(warehouse, *link)
    add_node(warehouse, "PHONE", OFFICE)
    warehouse.execute(
        "insert into marts.shared_identifier values ('PHONE', %s, 'limit', 'USER', 12, 5, %s)",
        [OFFICE, SUMMER],
    )
    connect(warehouse, "USER 5", "PHONE +74957801100")
    connect(warehouse, "USER 6", "PHONE +74957801100")
    warehouse.execute(
        "insert into intermediate.int_identity__overrides"
        " select least(a.node_id, b.node_id), greatest(a.node_id, b.node_id), 'deny', 'mistyped'"
        " from intermediate.int_identity__nodes as a, intermediate.int_identity__nodes as b"
        " where a.id_value = 'boris@mail.example' and b.id_value = '5'"
    )


def create_functions(warehouse: Warehouse) -> None:
    """The macro as dbt renders it."""
    environment = jinja2.Environment(loader=jinja2.FileSystemLoader(MACROS))
    environment.globals["var"] = {"default_region_code": "RU"}.__getitem__
    names = ("normalise_phone.sql", "normalise_email.sql", "values.sql", "explain_identity.sql")
    text = "".join((MACROS / name).read_text() for name in names)
    warehouse.execute(
        environment.from_string(text + "{{ create_explain_identity('marts') }}").render()
    )


def add_node(warehouse: Warehouse, id_type: str, id_value: str) -> None:
    warehouse.execute(
        """
        insert into intermediate.int_identity__nodes
        select coalesce(max(node_id), 0) + 1, %(type)s, %(value)s, %(spring)s, %(summer)s,
            md5('customer|' || %(type)s || '|' || %(value)s)::uuid
        from intermediate.int_identity__nodes
        """,
        {"type": id_type, "value": id_value, "spring": SPRING, "summer": SUMMER},
    )


def publish(warehouse: Warehouse, identifiers: list[str]) -> None:
    """One customer, named after the first identifier."""
    first_type, first_value = identifiers[0].split()
    for id_type, id_value in map(str.split, identifiers):
        add_node(warehouse, id_type, id_value)
        warehouse.execute(
            """
            with customer as (
                select md5('customer|' || %(a)s || '|' || %(b)s)::uuid as uuid,
                    md5('customer|' || %(type)s || '|' || %(value)s)::uuid as birth_uuid
            ),
            alias as (insert into marts.bl_customer_alias select birth_uuid, uuid from customer)
            insert into marts.customer_identifier
            select %(type)s, %(value)s, uuid, %(spring)s, %(summer)s from customer
            """,
            {"a": first_type, "b": first_value, "type": id_type, "value": id_value}
            | {"spring": SPRING, "summer": SUMMER},
        )
    warehouse.execute(
        "insert into marts.bl_customer_profile"
        " select md5('customer|' || %s || '|' || %s)::uuid, 5, null, null, '+79161234567', %s, %s,"
        ' \'["Direct", "Email"]\', false',
        [first_type, first_value, SPRING, SUMMER],
    )


def connect(warehouse: Warehouse, a: str, b: str) -> None:
    """An edge between two nodes, whether it merges or not."""
    warehouse.execute(
        "insert into intermediate.int_identity__edges"
        " select least(a.node_id, b.node_id), greatest(a.node_id, b.node_id)"
        " from intermediate.int_identity__nodes as a, intermediate.int_identity__nodes as b"
        " where (a.id_type, a.id_value) = (%s, %s) and (b.id_type, b.id_value) = (%s, %s)",
        [*a.split(), *b.split()],
    )


def log(warehouse: Warehouse, a: str, b: str, rule: str, table: str, key: str) -> None:
    """A merge; the loser is the end that is not the customer's first identifier, or the second."""
    firsts = {identifiers[0] for identifiers in PEOPLE.values()}
    loser = a if b in firsts else b if a in firsts else (b if a == "USER 5" else a)
    warehouse.execute(
        "insert into marts.customer_merge_log"
        " select 1, %s, %s, %s, %s, %s, %s, %s, %s, null,"
        " md5('customer|' || %s || '|' || %s)::uuid",
        [SUMMER, rule, table, key, *a.split(), *b.split(), *loser.split()],
    )
