"""The bronze contract: append-only versions, exact states, one transaction, nothing lost."""

import threading
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import psycopg
import pytest
from psycopg import sql

from omni_pipeline.bronze import Appended, BronzeTable, ensure_table
from omni_pipeline.bronze.landing import LandingResult, land, read_cursor
from omni_pipeline.bronze.staging import Refused, RowValues, Total
from omni_pipeline.errors import RefusedReload
from omni_pipeline.ops import latest_seq, set_bound
from tests.rows import written

TABLE = BronzeTable(
    "probe",
    "thing",
    "One row per thing.",
    {"id": "bigint", "name": "text", "at": "timestamp", "amount": "numeric", "extra": "jsonb"},
    key=("id",),
    cursor=Appended("id"),
)
Connection = psycopg.Connection[Any]


@pytest.fixture
def bronze(warehouse: Connection) -> Connection:
    ensure_table(warehouse, TABLE)
    return warehouse


def row(number: int, name: object = "a", at: object = "2026-01-01 10:00:00") -> list[object]:
    return [number, name, at, "1.50", {"k": number}]


def put(connection: Connection, rows: Sequence[RowValues], **more: Any) -> LandingResult:
    return land(connection, TABLE, rows, **more)


def state(connection: Connection, bound: int) -> dict[int, str]:
    found = connection.execute(
        "select id, name from raw_probe.thing where _seq <= %(u)s "
        "and (_next_seq is null or _next_seq > %(u)s) and not _deleted order by id",
        {"u": bound},
    )
    return dict(found.fetchall())


def test_an_unchanged_row_adds_nothing(bronze: Connection) -> None:
    assert put(bronze, [row(1), row(2)]).rows_new == 2
    before = bronze.execute("table raw_probe.thing").fetchall()
    again = put(bronze, [row(1), row(2)])
    assert (again.rows_unchanged, written(again)) == (2, 0)
    assert bronze.execute("table raw_probe.thing").fetchall() == before


def test_the_state_as_of_any_bound_is_exact(bronze: Connection) -> None:
    put(bronze, [row(1, "a"), row(2, "b")])
    first = latest_seq(bronze)
    put(bronze, [row(1, "changed"), row(3, "c")])
    second = latest_seq(bronze)
    put(bronze, [row(1, "changed"), row(3, "c")], complete=True)
    third = latest_seq(bronze)
    put(bronze, [row(2, "returned")])
    assert state(bronze, first) == {1: "a", 2: "b"}
    assert state(bronze, second) == {1: "changed", 2: "b", 3: "c"}
    assert state(bronze, third) == {1: "changed", 3: "c"}
    assert state(bronze, latest_seq(bronze)) == {1: "changed", 2: "returned", 3: "c"}


def test_a_tombstone_keeps_the_last_known_values(bronze: Connection) -> None:
    put(bronze, [row(1, "a"), row(2, "b")])
    assert put(bronze, [row(1, "a")], complete=True).rows_deleted == 1
    deleted = bronze.execute("select id, name from raw_probe.thing where _deleted").fetchall()
    assert deleted == [(2, "b")]
    assert put(bronze, [row(1, "a")], complete=True).rows_deleted == 0


def test_a_log_that_forgets_is_not_forgotten_here(warehouse: Connection) -> None:
    log = replace(TABLE, name="log", forgets=True)
    ensure_table(warehouse, log)
    land(warehouse, log, [row(n) for n in range(100)])
    result = land(warehouse, log, [row(99, "changed")], complete=True)
    assert (result.rows_deleted, result.rows_changed) == (0, 1)


def test_of_a_repeated_key_the_last_row_counts(bronze: Connection) -> None:
    result = put(bronze, [row(1, "first"), row(1, "last"), row(2)])
    assert (result.rows_in, result.rows_new, result.rows_repeated) == (3, 2, 1)
    assert state(bronze, latest_seq(bronze))[1] == "last"


def test_rows_in_equal_rows_accounted_for(bronze: Connection) -> None:
    put(bronze, [row(1), row(2)])
    rows = [
        row(1),  # unchanged
        row(2, "changed"),
        row(3),  # new
        row(3),  # repeated
        row(4, at="not a date"),
        row(None, "no key"),  # type: ignore[arg-type]
        row(2**70),
        [5, "nan", None, "NaN", None],
        [6, "inf", None, float("inf"), None],
    ]
    result = put(bronze, rows)
    assert result.rows_in == len(rows)
    assert result.rows_in == (
        result.rows_new
        + result.rows_changed
        + result.rows_unchanged
        + result.rows_repeated
        + result.rows_quarantined
        + result.rows_totals
    )
    assert result.rows_quarantined == 5
    reasons = bronze.execute("select reason from ops.quarantine order by reason").fetchall()
    assert [reason for (reason,) in reasons] == [
        "amount: not a finite number",
        "amount: not a finite number",
        "at: not a date or time",
        "id: a key must not be null",
        "id: out of range of bigint",
    ]


def test_a_bad_row_seen_again_is_quarantined_once(bronze: Connection) -> None:
    for _ in range(3):
        assert put(bronze, [row(1, at="garbage")]).rows_quarantined == 1
    assert bronze.execute("select count(*) from ops.quarantine").fetchone() == (1,)


def test_a_refused_row_is_not_taken_for_deleted(bronze: Connection) -> None:
    put(bronze, [row(1), row(2)])
    result = put(bronze, [row(1), row(2, at="garbage")], complete=True)
    assert (result.rows_deleted, result.rows_quarantined) == (0, 1)
    assert set(state(bronze, latest_seq(bronze))) == {1, 2}


@pytest.mark.parametrize(
    ("name", "at", "stored_name", "stored_at", "repairs"),
    [
        ("a\x00b", None, "ab", None, ["nul_byte"]),
        ("x\ud800y", None, "x\ufffdy", None, ["lone_surrogate"]),
        ("Ёлка 🎄", None, "Ёлка 🎄", None, None),
        ("a", "0000-00-00 00:00:00", "a", None, ["zero_date"]),
        ("a", "2024-00-00", "a", None, ["zero_date"]),
        ("\\N\t\n\\.", None, "\\N\t\n\\.", None, None),
        (
            "'; drop table ops.batch; --{{ x }}",
            None,
            "'; drop table ops.batch; --{{ x }}",
            None,
            None,
        ),
    ],
)
def test_hostile_values_are_repaired_by_name_or_kept(
    bronze: Connection,
    name: str,
    at: str | None,
    stored_name: str,
    stored_at: str | None,
    repairs: list[str] | None,
) -> None:
    put(bronze, [[1, name, at, None, {"nul": "a\x00", name: [name]}]])
    found = bronze.execute("select name, at::text, _repairs from raw_probe.thing").fetchone()
    assert found is not None
    assert found[:2] == (stored_name, stored_at)
    expected = sorted({*(repairs or []), "nul_byte"})  # the JSON column carries one as well
    assert found[2] == expected


def test_rows_and_cursor_are_one_transaction(bronze: Connection) -> None:
    put(bronze, [row(1)], cursor="1")

    def broken() -> Any:
        yield row(2)
        raise ConnectionError("the source went away")

    with pytest.raises(ConnectionError):
        put(bronze, broken(), cursor="2")
    assert read_cursor(bronze, TABLE) == "1"
    assert set(state(bronze, latest_seq(bronze))) == {1}
    assert put(bronze, [row(2)], cursor="2").rows_new == 1
    assert read_cursor(bronze, TABLE) == "2"


def test_a_reload_that_loses_too_much_is_refused(bronze: Connection) -> None:
    put(bronze, [row(n) for n in range(100)])
    before = bronze.execute("select count(*), max(_seq) from raw_probe.thing").fetchone()
    with pytest.raises(RefusedReload, match=r"raw_probe\.thing.*lacks 79 of 100"):
        put(bronze, [row(n) for n in range(21)], complete=True, cursor="x")
    assert bronze.execute("select count(*), max(_seq) from raw_probe.thing").fetchone() == before
    assert read_cursor(bronze, TABLE) is None
    assert put(bronze, [row(n) for n in range(85)], complete=True).rows_deleted == 15


def test_a_complete_read_of_a_part_deletes_within_it_alone(bronze: Connection) -> None:
    put(bronze, [row(number) for number in range(1, 201)])
    low = {"complete": True, "within": sql.SQL("standing.id <= 40")}
    assert put(bronze, [row(number) for number in range(2, 41)], **low).rows_deleted == 1
    assert min(state(bronze, latest_seq(bronze))) == 2
    assert len(state(bronze, latest_seq(bronze))) == 199
    with pytest.raises(RefusedReload, match="lacks 38 of 39 rows"):  # a fifth of the part
        put(bronze, [row(2)], **low)


def test_totals_lines_are_counted_and_are_no_rows(bronze: Connection) -> None:
    result = put(bronze, [row(1), Total(), row(1), Refused("unreadable", "x"), Total()])
    assert (result.rows_in, result.rows_new, result.rows_repeated) == (5, 1, 1)
    assert (result.rows_quarantined, result.rows_totals) == (1, 2)
    counted = "select rows_in - rows_new - rows_repeated - rows_quarantined, rows_totals"
    assert bronze.execute(f"{counted} from ops.batch").fetchone() == (2, 2)


def test_what_a_reader_refused_with_its_key_is_not_absent(bronze: Connection) -> None:
    put(bronze, [row(1), row(2), row(3)])
    told: list[Any] = [row(1), Refused("no number", "2 | five", (2,)), Refused("no day", "?")]
    assert put(bronze, told, complete=True).rows_deleted == 1
    assert set(state(bronze, latest_seq(bronze))) == {1, 2}


def test_a_row_its_reader_refused_is_quarantined_as_it_came(bronze: Connection) -> None:
    result = put(bronze, [row(1), Refused("cost is not a number", "a.csv:2: \x00 \ud800 | x")])
    assert (result.rows_in, result.rows_new, result.rows_quarantined) == (2, 1, 1)
    found = bronze.execute("select reason, raw from ops.quarantine").fetchall()
    assert found == [("cost is not a number", '"a.csv:2: \\u0000 \\ud800 | x"')]


def test_a_reader_never_later_sees_a_smaller_seq(warehouse_url: str, bronze: Connection) -> None:
    """Two writers race; whatever bound a reader takes, nothing below it appears afterwards."""
    stop = threading.Event()
    seen: list[tuple[int, int]] = []

    def write(start: int) -> None:
        with psycopg.connect(warehouse_url, autocommit=True) as connection:
            for batch in range(15):
                first = start + batch * 40
                land(connection, TABLE, [row(n) for n in range(first, first + 40)])

    def read() -> None:
        with psycopg.connect(warehouse_url, autocommit=True) as connection:
            while not stop.is_set():
                bound = latest_seq(connection)
                count = connection.execute(
                    "select count(*) from raw_probe.thing where _seq <= %s", [bound]
                ).fetchone()
                assert count is not None
                seen.append((bound, count[0]))

    reader = threading.Thread(target=read)
    writers = [threading.Thread(target=write, args=(n * 10_000,)) for n in range(2)]
    reader.start()
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    stop.set()
    reader.join()
    assert len({bound for bound, _ in seen}) > 3
    for bound, count in seen:
        final = bronze.execute(
            "select count(*) from raw_probe.thing where _seq <= %s", [bound]
        ).fetchone()
        assert final == (count,), f"rows appeared below the bound {bound}"


def test_the_bound_moves_only_with_the_data(bronze: Connection) -> None:
    put(bronze, [row(1)])
    set_bound(bronze, latest_seq(bronze))
    first = bronze.execute("table ops.bound").fetchone()
    set_bound(bronze, latest_seq(bronze))
    assert bronze.execute("table ops.bound").fetchone() == first
    put(bronze, [row(2)])
    set_bound(bronze, latest_seq(bronze))
    assert bronze.execute("table ops.bound").fetchone() != first


def test_a_column_declared_later_is_added(bronze: Connection) -> None:
    put(bronze, [row(1)])
    wider = BronzeTable(
        TABLE.source,
        TABLE.name,
        TABLE.description,
        {**TABLE.columns, "later": "text"},
        key=TABLE.key,
        cursor=TABLE.cursor,
    )
    ensure_table(bronze, wider)
    assert land(bronze, wider, [[*row(1), "x"]]).rows_changed == 1
    assert bronze.execute("select later from raw_probe.thing order by _seq").fetchall() == [
        (None,),
        ("x",),
    ]
