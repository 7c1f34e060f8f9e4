"""The mart's rows: all columns in order, nulls as nulls, whole counts; and what it is made from."""

import random
import re
from datetime import date
from pathlib import Path

from omni_pipeline.attribution import store
from omni_pipeline.attribution.models import COLUMNS, attribute
from tests.unit.attribution import worlds

REPOSITORY = Path(__file__).resolve().parents[3]
MONTH = store.Month(date(2026, 6, 1), "main", "digest code")


def some_rows() -> list[dict[str, object]]:
    paths = worlds.random_paths(random.Random(3), 3, 200, buckets=store.BUCKETS)
    steps = {order: worlds.transitions(paths, order) for order in (1, 2, 3)}
    frame = attribute(steps, worlds.channel_sets(paths), buckets=store.BUCKETS, replicates=5)
    return [
        dict(zip(store.COLUMNS, row, strict=True))
        for row in store.rows_of(frame, MONTH, up_to_seq=7)
    ]


def test_columns_are_those_of_the_models_and_of_the_month() -> None:
    added = {"local_month", "brand", "up_to_seq", "computed_from"}
    assert set(store.COLUMNS) == {*COLUMNS, *added}
    assert set(store.KEY) <= set(store.COLUMNS)


def test_rows_carry_the_month_and_python_values() -> None:
    found = some_rows()
    assert {(row["local_month"], row["brand"], row["computed_from"]) for row in found} == {
        (MONTH.local_month, MONTH.brand, MONTH.made_from)
    }
    assert {row["up_to_seq"] for row in found} == {7}
    for row in found:
        for name, (kind, _) in store.COLUMNS.items():
            assert row[name] is not None or not kind.endswith("not null"), name
        assert type(row["paths"]) is type(row["support"]) is int
        assert type(row["is_reliable"]) is bool


def test_what_nobody_led_to_has_no_share() -> None:
    rest = [row for row in some_rows() if row["channel"] == "(unattributed)"]
    assert rest
    for row in rest:
        assert row["share"] is row["p5"] is row["effect"] is None
        assert row["support"]


def test_the_digest_is_of_the_files_that_make_numbers() -> None:
    folder = Path(store.__file__).parent
    read = ["models", "journeys"]
    found = set(read)
    while read:
        text = (folder / f"{read.pop()}.py").read_text()
        new = set(re.findall(r"omni_pipeline\.attribution\.(\w+)", text)) - found
        read += new
        found |= new
    assert set(store.CODE) == found
