"""The comparison itself finds what differs, and whose it is."""

import psycopg
import pytest

from tests.conftest import on_database
from tests.replay.compare import Published, differences
from tests.replay.identifiers import email, number, phone, seeds_in

TABLE = Published("marts.bl_customer_profile", ("customer_uuid",), ignore=("seen_by",))
ROWS = (
    "create schema marts; create schema intermediate;"
    "create table intermediate.int_identity__nodes as"
    " select 5::bigint as node_id, 'u5' as birth_uuid,"
    f" 'PHONE' as id_type, '{phone(41, 3)}' as id_value;"
    "create table marts.bl_customer_profile as select 'u5' as customer_uuid, 1 as phone_count,"
    " now() as seen_by union all select 'u6', 2, now()"
)


@pytest.fixture
def twins(server_url: str) -> tuple[str, str]:
    """Two databases with the same small mart."""
    urls = []
    with psycopg.connect(server_url, autocommit=True) as admin:
        for name in ("twin_a", "twin_b"):
            admin.execute(f"drop database if exists {name} with (force)")
            admin.execute(f"create database {name}")
            urls.append(on_database(server_url, name))
            with psycopg.connect(urls[-1], autocommit=True) as connection:
                connection.execute(ROWS)
    return urls[0], urls[1]


def change(url: str, statement: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(statement)


def test_equal_tables_differ_in_nothing(twins: tuple[str, str]) -> None:
    assert differences(*twins, (TABLE,)) == []


def test_a_changed_row_is_told_with_its_seed(twins: tuple[str, str]) -> None:
    change(twins[0], "update marts.bl_customer_profile set phone_count = 9 where phone_count = 1")
    (text,) = differences(*twins, (TABLE,))
    assert "1 of 2 keys" in text
    assert "columns: phone_count" in text
    assert "seed of the first: [41]" in text


@pytest.mark.parametrize("side", [0, 1])
@pytest.mark.parametrize(
    "statement",
    [
        "delete from marts.bl_customer_profile where customer_uuid = 'u6'",
        "insert into marts.bl_customer_profile select * from marts.bl_customer_profile",
        "alter table marts.bl_customer_profile alter phone_count type bigint",
    ],
)
def test_missing_repeated_and_retyped(twins: tuple[str, str], side: int, statement: str) -> None:
    change(twins[side], statement)
    assert len(differences(*twins, (TABLE,))) == 1


def test_values_tell_their_seed() -> None:
    for seed in (0, 7, 89_999):
        for value in (phone(seed, 12), email(seed, 3), str(number(seed, 400))):
            assert seeds_in(f"x {value}, y") == [seed]
