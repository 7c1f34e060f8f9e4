"""The functions of macros/identity_persons.sql, on a real PostgreSQL."""

import random
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import jinja2
import psycopg
import pytest

MACRO = Path(__file__).resolve().parents[3] / "dbt_project" / "macros" / "identity_persons.sql"
Name = tuple[str | None, str | None, str | None]


@pytest.fixture(scope="module")
def session(server_url: str) -> Iterator[psycopg.Connection[Any]]:
    """A connection whose temporary schema holds the functions."""
    module: Any = jinja2.Template(MACRO.read_text()).module
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute(module.create_identity_person("pg_temp"))
        connection.execute(module.create_identity_persons("pg_temp"))
        yield connection


def person(session: psycopg.Connection[Any], *name: str | None) -> str | None:
    given, surname, birthday = (*name, None, None)[:3]
    row = session.execute(
        "select pg_temp.identity_person(%s, %s, %s, array['тест', 'клиент', 'test'])",
        [given, surname, birthday],
    ).fetchone()
    assert row
    return row[0]  # type: ignore[no-any-return]


@pytest.mark.parametrize(
    ("name", "read"),
    [
        (("Дмитрий", "Щербаков", "1980-02-03"), "dmitri|sherbakov|19800203"),
        (("Dmitriy", "Shcherbakov", None), "dmitri|sherbakov|"),
        (("ДМИТРИЙ ", " щербаков", None), "dmitri|sherbakov|"),
        (("Щербаков Дмитрий Сергеевич", None, None), "dmitri|sherbakov|"),
        (("Дмитрий Сергеевич Щербаков", "", None), "dmitri|sherbakov|"),
        (("Анна Сергеевна", "Жукова", None), "ana|zhukova|"),
        (("Д.", "Щербаков", None), "d|sherbakov|"),
        (("Артём", "Хоу", None), "artem|hou|"),
        (("Yuliya", "Tsoy", None), "iulia|coi|"),
        (("Юлия", "Цой", None), "iulia|coi|"),
        (("José", "Núñez", None), "ese|nunez|"),
        (("Анна-Мария", None, None), "ana|maria|"),
        (("Тест", "Петров", "1980-01-01"), "||19800101"),
        (("клиент 123", None, None), None),
        (("+7 916 000", "12", None), None),
        ((None, None, None), None),
        (("", " ", ""), None),
    ],
)
def test_a_name_is_read(session: psycopg.Connection[Any], name: Name, read: str | None) -> None:
    assert person(session, *name) == read


@pytest.mark.parametrize(
    ("a", "b", "agreement"),
    [
        (("Иван", "Петров"), ("Petrov", "Ivan"), 2),
        (("Иван", "Петров"), ("И.", "Петров"), 2),
        (("Иван", "Петров"), ("Ивна", "Петров"), 2),
        (("Александр", "Петров"), ("Alexander", "Petroff", "1980-01-01"), 2),
        (("Александр", "Петров"), ("Alexander", "Petrov"), 2),
        (("Анна", "Петрова", "1980-05-06"), ("Анна", "Сидорова", "1980-05-06"), 2),
        (("Анна", "Петрова"), ("Анна", "Сидорова"), -1),
        (("Анна", "Петрова"), ("Иван", "Петров"), -2),
        (("Евгений", "Петров"), ("Евгения", "Петрова"), -2),
        (("Анна", "Петрова"), ("Анна", None), 1),
        (("Анна", None), ("Анна", None), 1),
        (("Анна", None), (None, "Петрова"), 0),
        (("Анна", None), ("Борис", None), -3),
        (("Анна", "Петрова"), ("Борис", "Иванов"), -3),
        (("Анна", "Петрова", "1980-05-06"), ("Нюша", "Иванова", "1980-05-06"), 2),
        (("Анна", "Петрова", "1980-05-06"), ("Нюша", "Иванова", "1980-05-07"), -1),
        (("Анна", "Константинопольская"), ("Анна", "Костантинаопольская"), 2),
        ((None, None, "1980-05-06"), (None, None, "1980-05-06"), 2),
        ((None, None, "1980-05-06"), (None, None, "1975-11-23"), -2),
        (("Анна", "Петрова", "1980-05-06"), (None, None, "1980-05-06"), 2),
    ],
)
def test_two_names_agree(
    session: psycopg.Connection[Any], a: Name, b: Name, agreement: int
) -> None:
    for one, other in ((a, b), (b, a)):
        row = session.execute(
            "select pg_temp.identity_agreement(%s, %s)",
            [person(session, *one), person(session, *other)],
        ).fetchone()
        assert row == (agreement,)


def persons(
    session: psycopg.Connection[Any],
    people: Sequence[str | None],
    contacts: dict[int, str] | None = None,
) -> tuple[list[int], set[int]]:
    """The first neighbour of each one's person, and the neighbours of whom others are different."""
    ids = list(range(1, len(people) + 1))
    rows = session.execute(
        "select neighbour_id, person_id, opposed_seq from pg_temp.identity_persons("
        "%s::bigint[], %s::bigint[], %s::text[], %s::text[], %s::text[]) order by 1",
        [
            ids,
            ids,
            list(people),
            [(contacts or {}).get(n, "{}") for n in ids],
            [f"{{{n}}}" for n in ids],
        ],
    ).fetchall()
    return [row[1] for row in rows], {row[0] for row in rows if row[2]}


ANNA, BORIS = "ana|petrova|", "boris|ivanov|"


def test_one_name_is_one_person(session: psycopg.Connection[Any]) -> None:
    assert persons(session, [ANNA] * 22) == ([1] * 22, set())


def test_two_names_are_two(session: psycopg.Connection[Any]) -> None:
    assert persons(session, [ANNA, BORIS, None, ANNA]) == ([1, 2, 3, 1], {1, 2, 4})


def test_half_a_name_joins_the_one_it_fits(session: psycopg.Connection[Any]) -> None:
    assert persons(session, [ANNA, BORIS, "ana||"]) == ([1, 2, 1], {1, 2, 3})
    both = persons(session, ["ana|petrova|", "ana|sidorova|", "ana||"])
    assert both == ([1, 2, 3], {1, 2})


def test_another_identifier_of_both_counts(session: psycopg.Connection[Any]) -> None:
    married = ["ana|petrova|", "ana|sidorova|"]
    assert persons(session, married, {1: "{9}", 2: "{8,9}"}) == ([1, 1], set())
    assert persons(session, [None, None], {1: "{9}", 2: "{9}"}) == ([1, 1], set())
    family = ["ana|petrova|", "boris|petrov|"]
    assert persons(session, family, {1: "{9}", 2: "{9}"}) == ([1, 2], {1, 2})


def test_a_name_alone_is_not_enough_in_a_crowd(session: psycopg.Connection[Any]) -> None:
    crowd: list[str | None] = [f"{c * 5}|{c * 6}|" for c in "abcdefghiklm"]
    assert persons(session, [*crowd, crowd[0]])[0][-1] == len(crowd) + 1
    assert persons(session, [*crowd, crowd[0]], {1: "{9}", 13: "{9}"})[0][-1] == 1


def test_many_hundreds_are_told_apart_by_nobody(session: psycopg.Connection[Any]) -> None:
    found, opposed = persons(session, [ANNA, BORIS] * 150)
    assert found == list(range(1, 301))
    assert opposed


def test_a_person_is_no_longer_than_an_index_takes(session: psycopg.Connection[Any]) -> None:
    long = "".join(random.Random(1).choices("абвгдежзиклмн", k=9_000))
    found = person(session, long, long + "а", "1980-02-03")
    assert found is not None
    assert len(found.encode()) < 2_600
    assert found.endswith("|19800203")
