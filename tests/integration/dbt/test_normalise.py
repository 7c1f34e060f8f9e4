"""The golden table of the normalising macros (tests/fixtures/normalise_cases.csv), in PostgreSQL.

The macros are rendered by Jinja alone (they need nothing else of dbt), one query per kind and
region. In the table, lists are joined by a blank and null is an empty cell.
"""

import csv
from collections import defaultdict
from pathlib import Path

import psycopg
import pytest
import yaml
from jinja2 import Environment, FileSystemLoader

REPOSITORY = Path(__file__).resolve().parents[3]
MACROS = REPOSITORY / "dbt_project" / "macros"
FILES = ("normalise_phone.sql", "normalise_email.sql", "urls.sql", "values.sql")

# How each kind of case is written in a model.
USES = {
    "phone": "{{ normalise_phone('c.input', region) }}",
    "phones": """(
        select string_agg(p.phone, ' ' order by p.n) from {{ phones_in('c.input', region) }} as p
    )""",
    "email": "{{ normalise_email('c.input') }}",
    "emails": "(select string_agg(e.email, ' ' order by e.n) from {{ emails_in('c.input') }} as e)",
    "url_parameter utm_campaign": "{{ url_parameter('c.input', 'utm_campaign') }}",
    "url_host": "{{ url_host('c.input') }}",
    "click_id": "{{ click_id('c.input') }}",
    "card": "{{ normalise_card('c.input') }}",
}


def read_cases() -> dict[tuple[str, str], list[dict[str, str]]]:
    """Cases by kind and region."""
    groups: dict[tuple[str, str], list[dict[str, str]]] = defaultdict(list)
    path = REPOSITORY / "tests" / "fixtures" / "normalise_cases.csv"
    with path.open(encoding="utf-8", newline="") as file:
        for case in csv.DictReader(file):
            groups[case["kind"], case["region"]].append(case)
    return groups


CASES = read_cases()


def render(use: str, region: str) -> str:
    """SQL of one use of the macros."""
    environment = Environment(loader=FileSystemLoader(MACROS), extensions=["jinja2.ext.do"])
    variables = yaml.safe_load((MACROS.parent / "dbt_project.yml").read_text())["vars"]
    environment.globals["var"] = variables.__getitem__
    imports = "".join((MACROS / name).read_text(encoding="utf-8") for name in FILES)
    return environment.from_string(imports + use).render(region=region or "RU").strip()


def answer(
    warehouse: psycopg.Connection[tuple[object, ...]],
    use: str,
    region: str,
    inputs: list[str | None],
) -> list[object]:
    """What the database makes of each input, in order."""
    query = f"""
        select {render(use, region)}
        from unnest(%s::text[]) with ordinality as c (input, n)
        order by c.n
    """
    # Percent signs of the macros are SQL, not placeholders.
    query = query.replace("%", "%%").replace("%%s::text[]", "%s::text[]")
    return [row[0] for row in warehouse.execute(query, [inputs])]


@pytest.mark.parametrize(("kind", "region"), sorted(CASES))
def test_golden_cases(
    warehouse: psycopg.Connection[tuple[object, ...]], kind: str, region: str
) -> None:
    cases = CASES[kind, region]
    found = answer(warehouse, USES[kind], region, [case["input"] for case in cases])
    wrong = {
        case["note"]: (case["input"], value, case["expected"])
        for case, value in zip(cases, found, strict=True)
        if (value or "") != case["expected"]
    }
    assert wrong == {}


@pytest.mark.parametrize("kind", sorted(USES))
def test_null_stays_null(warehouse: psycopg.Connection[tuple[object, ...]], kind: str) -> None:
    assert answer(warehouse, USES[kind], "RU", [None]) == [None]


def test_empty_is_null_and_not_an_empty_text(
    warehouse: psycopg.Connection[tuple[object, ...]],
) -> None:
    """An empty key would join everybody who left the field blank."""
    for kind in sorted(USES):
        assert answer(warehouse, USES[kind], "RU", ["", " "]) == [None, None], kind


def test_every_case_is_run() -> None:
    assert {kind for kind, _ in CASES} == set(USES)
    assert sum(len(cases) for cases in CASES.values()) >= 80


def test_cyrillic_is_lower_cased_by_the_server(
    warehouse: psycopg.Connection[tuple[object, ...]],
) -> None:
    """Under locale C it is not; the embedded server is made with C.UTF-8."""
    row = warehouse.execute("select lower('ЁЖИК'), 'Ж' ~ '[[:alpha:]]'").fetchone()
    assert row == ("ёжик", True)
