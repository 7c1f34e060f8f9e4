"""Value rules: what is repaired, under which name, and what is refused."""

from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from omni_pipeline.values import (
    CONVERTERS,
    END_OF_TIME,
    FIRST_MOMENT,
    NUMBER_LIMIT,
    BadValue,
    convert_row,
)

PROJECT = Path(__file__).resolve().parents[2] / "dbt_project" / "dbt_project.yml"


def convert(kind: str, value: Any) -> tuple[Any, list[str]]:
    (result,), repairs = convert_row([value], [CONVERTERS[kind]], ["column"])
    return result, repairs


@pytest.mark.parametrize(
    ("kind", "value", "expected"),
    [
        ("text", "Ёлка 🎄 \u202eabc", "Ёлка 🎄 \u202eabc"),
        ("text", 7, "7"),
        ("text", b"\xd0\x81", "Ё"),
        ("bigint", "42", 42),
        ("bigint", Decimal("42.0"), 42),
        ("bigint", 2**63 - 1, 2**63 - 1),
        ("numeric", "0.10", Decimal("0.10")),
        ("numeric", 0.1, Decimal("0.1")),
        ("numeric", "-123456789012.5678", Decimal("-123456789012.5678")),
        ("numeric", "-0.00", Decimal("-0.00")),
        ("numeric", "5.5e-17", Decimal("5.5e-17")),
        ("numeric", "0e-20000", Decimal(0)),
        ("count", 10**12 - 1, 10**12 - 1),
        ("timestamp", "2026-05-01 10:00:00", "2026-05-01 10:00:00"),
        ("timestamp", datetime(2026, 5, 1, 10), "2026-05-01 10:00:00"),
        ("timestamptz", "2026-05-01T10:00:00+03:00", "2026-05-01T10:00:00+03:00"),
        ("timestamptz", "2026-05-01T10:00:00-15:59", "2026-05-01T10:00:00-15:59"),
        ("timestamp", "1971-01-01 00:00:00", "1971-01-01 00:00:00"),
        ("timestamp", "2099-12-31 23:59:59", "2099-12-31 23:59:59"),
        ("timestamptz", "2100-01-01T02:59:59+03:00", "2100-01-01T02:59:59+03:00"),
        ("date", "1931-05-09", "1931-05-09"),
        ("date", date(2024, 2, 29), "2024-02-29"),
        ("boolean", "t", True),
        ("boolean", 0, False),
        ("jsonb", {"a": [1, "Ё", None]}, '{"a": [1, "Ё", null]}'),
        ("jsonb", '{"a": 1}', '{"a": 1}'),
        ("jsonb", "not json", '"not json"'),
        ("jsonb", {"price": Decimal("1.50")}, '{"price": "1.50"}'),
    ],
)
def test_what_the_warehouse_holds_is_kept(kind: str, value: Any, expected: Any) -> None:
    assert convert(kind, value) == (expected, [])


@pytest.mark.parametrize(
    ("kind", "value", "expected", "rule"),
    [
        ("text", "a\x00b", "ab", "nul_byte"),
        ("text", "a\ud800b", "a\ufffdb", "lone_surrogate"),
        ("timestamp", "0000-00-00 00:00:00", None, "zero_date"),
        ("timestamp", "2024-00-10 00:00:00", None, "zero_date"),
        ("date", "2024-05-00", None, "zero_date"),
        ("timestamp", "", None, "zero_date"),
        ("bigint", "", None, "empty_number"),
        ("numeric", "", None, "empty_number"),
        ("timestamp", "0001-01-01 00:00:00", None, "far_date"),
        ("timestamp", "9999-12-31 23:59:59", None, "far_date"),
        ("timestamp", datetime(9999, 12, 31), None, "far_date"),
        ("timestamptz", "9999-12-31T23:59:59-12:00", None, "far_date"),
        ("timestamptz", "0001-01-01T00:00:00+03:00", None, "far_date"),
        ("timestamptz", "2099-12-31T23:59:59-03:00", None, "far_date"),
        ("timestamp", "1970-01-01 03:00:00", None, "far_date"),
        ("timestamp", "2100-01-01", None, "far_date"),
        ("date", "1899-12-31", None, "far_date"),
        ("date", date(9999, 12, 31), None, "far_date"),
        ("jsonb", {"a": "x\x00y"}, '{"a": "xy"}', "nul_byte"),
        ("jsonb", ["\udfff"], '["\ufffd"]', "lone_surrogate"),
        ("jsonb", {"k\x00": 1}, '{"k": 1}', "nul_byte"),
    ],
)
def test_what_can_be_repaired_is_named(kind: str, value: Any, expected: Any, rule: str) -> None:
    assert convert(kind, value) == (expected, [rule])


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("bigint", "12.5"),
        ("bigint", "abc"),
        ("bigint", 2**63),
        ("bigint", "١٢x"),
        ("bigint", float("nan")),
        ("numeric", "NaN"),
        ("numeric", float("inf")),
        ("numeric", "1e400"),
        ("numeric", "1,5"),
        ("numeric", "1e12"),
        ("numeric", "-1e30"),
        ("numeric", "1e9999999"),
        ("numeric", "1e-400"),
        ("numeric", "0." + "3" * 20_000),
        ("bigint", "9" * 5_000),
        ("count", 10**12),
        ("count", -(2**62)),
        ("timestamptz", "2026-05-01T10:00:00+16:00"),
        ("timestamptz", "2026-05-01T10:00:00-23:59"),
        ("timestamp", "2026-02-30 00:00:00"),
        ("timestamp", "2026-05-01 25:00:00"),
        ("timestamp", "infinity"),
        ("timestamp", "0044-03-15 12:00:00 BC"),
        ("timestamp", "12026-05-01"),
        ("timestamp", "yesterday"),
        ("boolean", "maybe"),
        ("jsonb", {"a": float("nan")}),
    ],
)
def test_what_cannot_be_held_is_refused_by_column(kind: str, value: Any) -> None:
    with pytest.raises(BadValue, match=r"^column: ") as caught:
        convert(kind, value)
    assert str(value) not in str(caught.value), "a reason never shows the value"


def test_a_document_a_thousand_levels_deep_is_refused_or_kept() -> None:
    deep: Any = "end"
    for _ in range(100_000):
        deep = [deep]
    with pytest.raises(BadValue):
        convert("jsonb", deep)


@given(st.text())
def test_any_text_keeps_all_that_postgresql_can_store(value: str) -> None:
    result, repairs = convert("text", value)
    assert result == value.replace("\x00", "")
    assert repairs == (["nul_byte"] if "\x00" in value else [])
    result.encode()


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(), st.lists, max_leaves=20))
def test_any_document_becomes_text_without_nul(value: Any) -> None:
    if value is None:
        return
    result, _ = convert("jsonb", value)
    assert "\\u0000" not in result
    result.encode()


def test_bronze_and_marts_have_one_set_of_bounds() -> None:
    variables = yaml.safe_load(PROJECT.read_text())["vars"]
    assert variables["number_limit"] == NUMBER_LIMIT
    assert variables["first_moment"] == FIRST_MOMENT
    assert variables["end_of_time"] == END_OF_TIME


def test_sums_of_the_largest_money_fit_kopecks() -> None:
    assert 90_000 * 100 * NUMBER_LIMIT < 2**63
