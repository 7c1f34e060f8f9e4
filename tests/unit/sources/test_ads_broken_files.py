"""Broken files of advertising cost: lines are the unit, and each of them is accounted for."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omni_pipeline.sources.ads import csv_lines
from omni_pipeline.sources.ads.csv_rows import parse
from omni_pipeline.sources.ads.csv_table import ParsedFile
from omni_pipeline.sources.ads.periods import Money
from tests.workbook import xlsx

HEAD = "day;campaign;cost\n"
A, B, C, D = (f"2026-05-0{n};{name};{n}00\n" for n, name in enumerate("abcd", 1))
WHOLE = HEAD + A + B + C + D


def parsed(content: str | bytes, name: str = "costs.csv") -> ParsedFile:
    return parse(name, content.encode() if isinstance(content, str) else content, Money())


def adds_up(file: ParsedFile) -> bool:
    others = file.totals + file.titles + file.blank
    return file.lines == file.told + len(file.refused) + others


def names(file: ParsedFile) -> list[str]:
    return [row["campaign_id"] for row in file.rows.values()]


def spent(file: ParsedFile) -> Decimal:
    return sum((row["cost"] for row in file.rows.values()), Decimal(0))


# What is in the file, campaigns that are read, lines that are refused.
CORPUS: dict[str, tuple[str | bytes, str, int]] = {
    "before a name": (HEAD + A + B.replace(";b", ';"b') + C + D, "abcd", 0),
    "before two names": (HEAD + A.replace(";a", ';"a') + B + C.replace(";c", ';"c') + D, "abcd", 0),
    "before one name, after another": (
        HEAD + A.replace(";a", ';"a') + B + C.replace("c;", 'c";') + D,
        'abc"d',
        0,
    ),
    "before a name, after the next": (
        HEAD + A.replace(";a", ';"a') + B.replace("b;", 'b";') + C + D,
        'ab"cd',
        0,
    ),
    "before the cost": (HEAD + A + B.replace(";200", ';"200') + C + D, "abcd", 0),
    "before the line": (HEAD + A + '"' + B + C + D, "abcd", 0),
    "at the end of a line": (HEAD + A + B.replace("200\n", '200"\n') + C + D, "acd", 1),
    "around a whole line": (HEAD + A + f'"{B.strip()}"\n' + C + D, "abcd", 0),
    "three in a name": (HEAD + A + B.replace(";b;", ';"b"";') + C + D, 'ab""cd', 0),
    "in the heading": ('"' + WHOLE, "abcd", 0),
    "from the heading into a row": (
        'day;campaign;cost;"clicks\n' + A.replace("00\n", "00;5\n") + B.replace("00\n", '00;5"\n')
        + C.replace("00\n", "00;5\n"), "ac", 1,
    ),
    "in the last line": (HEAD + A + B + C + D.replace(";d", ';"d'), "abcd", 0),
    "in every line": (WHOLE.replace("2026", '"2026'), "abcd", 0),
    "before the cut off line": (HEAD + A + '2026-05-02;"b\n' + C + D, "acd", 1),
    "in a title": ('"Отчёт;за;май\n' + WHOLE, "abcd", 0),
    "inch sign": (HEAD + A + B.replace("b", '27" monitor') + C + D, 'a27" monitorcd', 0),
    "quoted inch sign": (HEAD + A + B.replace("b", '"27"" monitor"') + C + D, 'a27" monitorcd', 0),
    "quotes in a name": (HEAD + A + B.replace("b", '"b" e') + C + D, "ab ecd", 0),
    "a hidden delimiter": ("day,campaign,cost\n2026-05-01,a,1\n2026-05-02,\"b,\"200\",7\n", "a", 1),
    "guillemets": (HEAD + A + B.replace("b", "«ёлочки»") + C + D, "a«ёлочки»cd", 0),
    "other delimiters": (HEAD + A + B.replace(";", ",") + C.replace(";", "\t") + D, "ad", 2),
    "a quoted delimiter": (HEAD + A + B.replace("b", '"b;e"') + C + D, "ab;ecd", 0),
    "NUL in a name": (HEAD + A + B.replace("b", "b\0") + C + D, "abcd", 0),
    "NUL in a cost": (HEAD + A + B.replace("200", "2\x0000") + C + D, "acd", 1),
    "files put together": (WHOLE + "\ufeff" + HEAD + "\ufeff" + B.replace("b", "e"), "abcde", 1),
    "CR alone": (WHOLE.replace("\n", "\r"), "abcd", 0),
    "CR twice": (WHOLE.replace("\n", "\r\r\n"), "abcd", 0),
    "ends of all kinds": (HEAD + A + B.replace("\n", "\r") + C.replace("\n", "\r\n"), "abc", 0),
    "a separator of lines in a name": (HEAD + A + B.replace("b", "b\u2028e"), "ab\u2028e", 0),
    "vertical tab, form feed, NEL": (HEAD + A + B.replace("b", "b\x0b\x0c\x85e"), "a*", 0),
    "no last end": (WHOLE.rstrip(), "abcd", 0),
    "too many cells": (HEAD + A + "2026-05-02;b;200;7\n" + C + D, "acd", 1),
    "empty cells too many": (HEAD + A + "2026-05-02;b;200;;;\n" + C + D, "abcd", 0),
    "too few cells": (HEAD + A + "2026-05-02;b\n" + C + D, "acd", 1),
    "header alone": (HEAD, "", 0),
    "blank lines": (HEAD + "\n;;\n" + A + " ; ; \n\n" + B, "ab", 0),
    "totals": (HEAD + A + B + "Итого;;300\n", "ab", 0),
    "a counter of 5,000 digits": (HEAD + A + f"2026-05-02;b;{'9' * 5_000}\n" + C, "abc", 0),
    "whole numbers of 5,000 digits": (
        "day;campaign;cost;clicks\n2026-05-01;a;1;" + "9," * 5_000 + "999\n2026-05-02;b;1;1\n",
        "b",
        1,
    ),
    "a cell of 200,000 characters": (HEAD + A + f'2026-05-02;"b;{"x" * 200_000}\n' + C, "ac", 1),
    "UTF-16 with a lost byte": (
        WHOLE.encode("utf-16-le")[:60] + WHOLE.encode("utf-16-le")[61:],
        "bcd",
        1,
    ),
    "zeros to the end of a block": (HEAD + A + B + "\0" * 3_000, "ab", 1),
    "UTF-16 cut off": (WHOLE.encode("utf-16")[:-1], "abc", 1),
    "cp1251": (WHOLE.replace(";b", ";б").encode("cp1251"), "aбcd", 0),
    # A name with a line break, as exports write it.
    "a break in a name": (HEAD + A + B.replace("b", '"b\ne"') + C + D, "ab\necd", 0),
    "two breaks in a name": (HEAD + A + B.replace("b", '"b\r\n\r\ne"') + C + D, "ab\n\necd", 0),
    "a break and a quote in a name": (HEAD + A + B.replace("b", '"b ""x""\ne"'), 'ab "x"\ne', 0),
    "a break in the first cell": ('campaign;day;cost\n"a\nb";2026-05-01;1\n', "a\nb", 0),
    "a break in the heading": ('campaign;"day\n";cost\na;2026-05-01;1\n', "a", 0),
}  # fmt: skip


@pytest.mark.parametrize("case", CORPUS)
def test_each_line_of_a_broken_file_is_accounted_for(case: str) -> None:
    content, expected, refused = CORPUS[case]
    file = parsed(content)
    assert file.has_heading
    assert adds_up(file), file
    assert len(file.refused) == refused, file.refused
    found = "".join(names(file))
    assert found == expected or (expected.endswith("*") and found.startswith(expected[:-1]))


@pytest.mark.parametrize("quoted", [2, 3, 2_500, 5_000, 5_001])
@pytest.mark.parametrize("place", [";c", ";1.00"])
def test_a_stray_quote_among_5000_lines(quoted: int, place: str) -> None:
    lines = [HEAD, *(f"2026-05-{n % 28 + 1:02d};c{n};1.00\n" for n in range(5_000))]
    lines[quoted - 1] = lines[quoted - 1].replace(place, place.replace(";", ';"'))
    file = parsed("".join(lines))
    assert adds_up(file)
    assert not file.refused
    assert (len(file.rows), spent(file)) == (5_000, Decimal(5_000))
    (mended,) = [row for row in file.rows.values() if "_repairs" in row]
    assert mended["_repairs"] == ["stray_quote"]
    assert mended["campaign_id"] == f"c{quoted - 2}"


def test_a_refused_line_is_named_by_its_number() -> None:
    lines = ["Отчёт", "", HEAD.strip(), A.strip(), '2026-05-02;"b', "e", 'f";200', "?;c;300"]
    file = parsed("\n".join(lines))
    assert adds_up(file)
    assert [refused.raw.split(": ")[0] for refused in file.refused] == ["costs.csv:8"]
    assert names(file) == ["a", "b\ne\nf"]
    sheet = xlsx(
        {"s": [[], [], ["day", "campaign", "cost"], ["?", "a", 1], ["2026-05-02", "b", 2]]}
    )
    (refused,) = parsed(sheet, "costs.xlsx").refused
    assert refused.raw.startswith("costs.xlsx [s]:4: ")


@pytest.mark.parametrize("content", ["", "\n\n", "\ufeff", "\0", '"', '"\n' * 50, "\n" * 100])
def test_an_empty_file_is_refused_once(content: str) -> None:
    file = parsed(content)
    assert (file.rows, len(file.refused)) == ({}, 1)


def test_broken_letters_of_a_utf8_file_leave_the_others_alone() -> None:
    text = "день;кампания;расход\n2026-05-01;Ёлка;1\n2026-05-02;Сосна;2\n"
    file = parsed(text.encode().replace("Ё".encode(), b"\xd0"))
    assert names(file) == ["\ufffdлка", "Сосна"]
    repaired = [row.get("_repairs") for row in file.rows.values()]
    assert repaired == [["undecodable_bytes"], None]


def test_a_byte_that_cp1251_lacks_is_noted() -> None:
    text = "день;кампания;расход\n2026-05-01;Ёлка;1\n".encode("cp1251")
    (row,) = parsed(text.replace(b";1\n", b"\x98;1\n")).rows.values()
    assert (row["campaign_id"], row["_repairs"]) == ("Ёлка\ufffd", ["undecodable_bytes"])


def test_odd_cells_of_a_workbook() -> None:
    head: list[Any] = ["day", "campaign", "cost", "clicks"]
    odd: list[list[Any]] = [
        ["2026-05-01", "a", 1e300, 1],
        ["2026-05-02", "b", 1, 1e300],
        ["2026-05-03", "c", "#DIV/0!", 1],
        [1e300, "d", 1, 1],
        ["2026-05-05", 1e300, 1, 1],
        ["2026-05-06", "f\n\u2028\ufeff", 1, 1],
        [str(timedelta(1)), "g", 1, 1],
        ["2026-05-08", "h", True, 1],
    ]
    file = parsed(xlsx({"s": [head, *odd]}), "costs.xlsx")
    assert adds_up(file)
    assert file.told + len(file.refused) == len(odd)
    assert {"a", "b", "f\n\u2028\ufeff".strip()} <= set(names(file))


_ALPHABET = st.text(st.sampled_from('"";;,\t\n\r\0«Ё1a .-—\u2028'), max_size=12)


@given(st.lists(st.one_of(_ALPHABET, st.sampled_from([A, B, C, D])), max_size=12))
def test_whatever_is_in_a_file_its_lines_add_up(parts: list[str]) -> None:
    file = parsed(HEAD + "".join(parts))
    # Some zeros among few letters are UTF-16, in which this is no heading.
    assert adds_up(file) if file.has_heading else len(file.refused) == 1
    physical = len(csv_lines.lines_of((HEAD + "".join(parts)).encode()))
    assert file.lines <= physical


@given(st.binary(max_size=200))
def test_whatever_the_bytes_are_a_file_is_read_or_refused(content: bytes) -> None:
    for start in (b"", b"\xff\xfe", b"PK\x03\x04", HEAD.encode()):
        file = parsed(start + content)
        assert file.rows or file.refused or file.has_heading
