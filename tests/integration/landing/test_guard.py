"""One guard around each row: whatever it holds, it is refused or repaired, the others land."""

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import Any

import psycopg
import pytest

from omni_pipeline.bronze import Appended, BronzeTable, ensure_table
from omni_pipeline.bronze.landing import LandingResult, land
from omni_pipeline.bronze.staging import Refused

TABLE = BronzeTable(
    "probe",
    "thing",
    "One row per thing.",
    {
        "id": "bigint",
        "name": "text",
        "at": "timestamptz",
        "amount": "numeric",
        "extra": "jsonb",
    },
    key=("id",),
    cursor=Appended("id"),
    indexes=(("name",),),
)
NAMED = replace(TABLE, name="named", key=("name", "id"), indexes=())
Connection = psycopg.Connection[Any]
Row = list[Any]
# Text that PostgreSQL cannot make shorter: what compresses well fits into any index.
LONG = "".join(chr(0x4E00 + (n * n * 7919 + n * 104_729) % 20_000) for n in range(9_000))


def deep(levels: int) -> Any:
    value: Any = "end"
    for _ in range(levels):
        value = [value]
    return value


class Unshown:
    """A value that cannot be told in any way."""

    def __str__(self) -> str:
        raise RuntimeError("ivan@mail.example")

    __repr__ = __str__


def row(number: Any, **told: Any) -> Row:
    known = {"id": number, "name": "a", "at": "2026-01-01 10:00:00+03", "amount": "1.50"}
    return [{**known, "extra": {"k": 1}, **told}[name] for name in TABLE.columns]


@pytest.fixture
def bronze(warehouse: Connection) -> Connection:
    ensure_table(warehouse, TABLE)
    ensure_table(warehouse, NAMED)
    return warehouse


def adds_up(result: LandingResult) -> bool:
    return result.rows_in == (
        result.rows_new
        + result.rows_changed
        + result.rows_unchanged
        + result.rows_repeated
        + result.rows_quarantined
        + result.rows_totals
    )


BAD: dict[str, tuple[Any, str]] = {
    "a thousand nested arrays as text": (row(1, extra="[" * 1_000 + "]" * 1_000), "extra: nested"),
    "100,000 nested arrays as text": (row(1, extra="[" * 100_000 + "]" * 100_000), "extra: nested"),
    "nested objects as text": (row(1, extra='{"a":' * 2_000 + "1" + "}" * 2_000), "extra: nested"),
    "100,000 nested arrays": (row(1, extra=deep(100_000)), "extra: nested"),
    "depth in a text column": (row(1, name=deep(100_000)), "nested too deep"),
    "a number of 20,000 decimals": (row(1, amount="0." + "1" * 20_000), "amount: "),
    "a counter of 5,000 digits": (row("9" * 5_000), "id: not a whole number"),
    "an integer of 5,000 digits": (row(10**5_000), "id: "),
    "5,000 digits in a document": (row(1, extra='{"n": ' + "9" * 5_000 + "}"), "extra: a number"),
    "NaN in a document": (row(1, extra='{"n": NaN}'), "extra: not a JSON document"),
    "an offset of 16 hours": (row(1, at="2026-01-01 10:00:00+16:00"), "at: "),
    "a time of Arabic digits": (row(1, at="٢٠٢٦-٠١-٠١ ١٠:٠٠:٠٠"), "at: "),
    "an object for a number": (row(1, amount={"value": 1}), "amount: not a number"),
    "a list for a time": (row(1, at=["2026-01-01"]), "at: not a date"),
    "an object for an id": (row({"id": 1}), "id: not a whole number"),
    "no id": (row(None), "id: a key must not be null"),
    "too few values": (row(1)[:3], "cannot be read (ValueError)"),
    "too many values": ([*row(1), 2, 3], "cannot be read (ValueError)"),
    "null": (None, "cannot be read (TypeError)"),
    "a number": (7, "cannot be read (TypeError)"),
    "what cannot be shown": (row(1, name=Unshown()), "cannot be read (RuntimeError)"),
}


def test_a_bad_row_is_refused_and_the_others_land(bronze: Connection) -> None:
    rows = [one for n, (bad, _) in enumerate(BAD.values(), 10) for one in (bad, row(n))]
    result = land(bronze, TABLE, rows)
    assert adds_up(result)
    assert (result.rows_new, result.rows_quarantined) == (len(BAD), len(BAD))
    told = bronze.execute(
        "select reason, raw <> '' from ops.quarantine order by quarantine_id"
    ).fetchall()
    # What PostgreSQL refuses is refused with its thousands, after what Python refuses.
    for case, (_, reason) in BAD.items():
        assert any(found.startswith(reason) for found, _ in told), case
    assert all(has_raw and "ivan" not in found and len(found) < 100 for found, has_raw in told)


def test_many_bad_rows_among_many_good_ones(bronze: Connection) -> None:
    """What PostgreSQL alone refuses is found among thousands; the order of arrival is kept."""
    hostile: list[Callable[[int], Row]] = [
        lambda n: row(n, at="2026-01-01 10:00:00-15:60"),
        lambda n: row(n, at="2026-01-01 10:00:00+23:59"),
        lambda n: row(n, at="0001-01-01 00:00:00+99"),
    ]
    rows = [hostile[n % 3](n) if n % 701 == 0 else row(n) for n in range(5_000)]
    result = land(bronze, TABLE, rows)
    assert adds_up(result)
    assert (result.rows_new, result.rows_quarantined) == (5_000 - 8, 8)
    found = bronze.execute("select id from raw_probe.thing order by _seq").fetchall()
    assert [number for (number,) in found] == [n for n in range(5_000) if n % 701]


def test_a_key_longer_than_an_index_takes_is_refused(bronze: Connection) -> None:
    rows = [row(1, name=LONG), row(2, name="x" * 2_001), row(3, name="x" * 2_000), row(4)]
    result = land(bronze, NAMED, rows)
    assert (result.rows_new, result.rows_quarantined) == (2, 2)
    reasons = bronze.execute("select distinct reason from ops.quarantine").fetchall()
    assert reasons == [("name, id: a key of more than 2,000 bytes",)]
    kept = bronze.execute("select max(length(raw)) from ops.quarantine").fetchone()
    assert kept is not None
    assert kept[0] > 9_000, "the row is kept whole"


@pytest.mark.parametrize("value", [["a"], {"a": 1}, ("a",)])
def test_a_key_is_a_plain_value(bronze: Connection, value: Any) -> None:
    assert land(bronze, NAMED, [row(1, name=value), row(2)]).rows_quarantined == 1


def test_long_text_in_an_index_is_cut_and_stays_told_apart(bronze: Connection) -> None:
    assert land(bronze, TABLE, [row(1, name=LONG), row(2, name=LONG + "x"), row(3)]).rows_new == 3
    found = bronze.execute(
        "select octet_length(name) <= 2000, left(name, 600) = left(%s, 600), _repairs"
        " from raw_probe.thing where id < 3",
        [LONG],
    ).fetchall()
    assert found == [(True, True, ["long_text"])] * 2
    different = bronze.execute("select count(distinct name) from raw_probe.thing").fetchone()
    assert different == (3,)
    assert land(bronze, TABLE, [row(1, name=LONG)]).rows_unchanged == 1


def test_a_cell_of_ten_megabytes_lands_or_is_kept(bronze: Connection) -> None:
    big = "Ё" * 5_000_000
    result = land(bronze, TABLE, [row(1, extra={"k": big}), row(2, extra=big, at="never"), row(3)])
    assert (result.rows_new, result.rows_quarantined) == (2, 1)


def test_a_refused_row_keeps_the_one_that_stands_whatever_its_key_is(bronze: Connection) -> None:
    """NUL and half pairs in a key end up in a comparison of jsonb, which knows neither."""
    names = ["a\x00b", "x\ud800y", "z"]
    land(bronze, NAMED, [row(n, name=name) for n, name in enumerate(names)])
    refused = [row(n, name=name, at="never") for n, name in enumerate(names)]
    result = land(bronze, NAMED, [*refused[:2], Refused("unread", "?", ("z", 2))], complete=True)
    assert (result.rows_deleted, result.rows_quarantined) == (0, 3)
    again = land(bronze, TABLE, [row(Decimal("7.0"))])
    assert again.rows_new == 1
    late = land(bronze, TABLE, [row(Decimal("7.0"), at="never")], complete=True)
    assert (late.rows_deleted, late.rows_quarantined) == (0, 1)


def test_what_a_reader_repaired_is_noted(bronze: Connection) -> None:
    told = dict(zip(TABLE.columns, row(1, name="a\x00"), strict=True))
    land(bronze, TABLE, [{**told, "_repairs": ["stray_quote"]}])
    found = bronze.execute("select _repairs from raw_probe.thing").fetchone()
    assert found == (["nul_byte", "stray_quote"],)


@pytest.mark.parametrize(
    ("stored", "kept"),
    [("caf\udce9", "caf\ufffd"), (b"\xd0\x81 \xff\xfe", "Ё \ufffd\ufffd")],
)
def test_bytes_that_are_no_text_are_noted(bronze: Connection, stored: Any, kept: str) -> None:
    land(bronze, TABLE, [row(1, name=stored), row(2, extra={"k": stored})])
    found = bronze.execute("select name, extra, _repairs from raw_probe.thing order by id")
    assert found.fetchall() == [
        (kept, {"k": 1}, ["undecodable_bytes"]),
        ("a", {"k": kept}, ["undecodable_bytes"]),
    ]


def test_a_broken_connection_is_no_fault_of_a_row(bronze: Connection, warehouse_url: str) -> None:
    with psycopg.connect(warehouse_url, autocommit=True) as other:
        own = bronze.info.backend_pid

        def rows() -> Any:
            yield row(1)
            other.execute("select pg_terminate_backend(%s)", [own])
            yield row(2)

        with pytest.raises(psycopg.OperationalError):
            land(bronze, TABLE, rows())
        assert other.execute("select count(*) from ops.quarantine").fetchone() == (0,)
