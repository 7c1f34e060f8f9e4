"""Text files as lines of cells: encodings, delimiters, quotation marks.

Lines are the unit: a quotation mark that is not closed in its line reaches no other line, unless
what it spans is one record beyond doubt: a line break inside a quoted cell (RFC 4180).
"""

import csv
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

DELIMITERS = ("\t", ";", ",")
_SPAN = 20  # lines of one record at most
_BREAK = re.compile(r"\r\n|\r|\n")
_ESCAPED = re.compile("[\udc80-\udcff]")
_NON_ASCII = re.compile(r"[^\x00-\x7f]")
Cells = list[str]


@dataclass(frozen=True)
class Line:
    """A line, or several that hold one record; `is_mended` where a stray quote was removed."""

    number: int
    cells: Cells
    is_mended: bool = False


def lines_of(content: bytes) -> list[str]:
    """The lines of a file without their ends; a mark of byte order between them is none."""
    lines = _BREAK.split(decoded(content))
    if not lines[-1]:
        lines.pop()
    return [line.lstrip("\ufeff") for line in lines]


def decoded(content: bytes) -> str:
    """Text by byte order mark, else UTF-16 by its zeros, UTF-8, cp1251.

    Bytes that are no text become escapes (PEP 383), which the value rules note.
    """
    start = content[:4_000]
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return _utf16(content[2:], "le" if content[0] == 0xFF else "be")
    zeros = start.count(0)
    # Delimiters and digits of UTF-16; a disk that lost power leaves zeros beside each other.
    if zeros > len(start) // 8 and start.count(b"\0\0") <= zeros // 10:
        return _utf16(content, "le" if start.find(0) % 2 else "be")
    text = content.decode("utf-8-sig", "surrogateescape")
    escaped = len(_ESCAPED.findall(text))
    # Of UTF-8 with some broken letters most letters are whole; of cp1251 hardly one is.
    if not escaped or len(_NON_ASCII.findall(text)) > 2 * escaped:
        return text
    return content.decode("cp1251", "surrogateescape")


def _utf16(content: bytes, order: str) -> str:
    """UTF-16; where a byte is lost or added, only its own line is damaged."""
    codec = f"utf-16-{order}"
    if len(content) % 2 == 0:
        return content.decode(codec, "surrogatepass")
    parts = content.split("\n".encode(codec))
    return "\n".join(
        part[: len(part) // 2 * 2].decode(codec, "surrogatepass") + "\udcff" * (len(part) % 2)
        for part in parts
    )


def headings(lines: Sequence[str], at: int, delimiter: str) -> Iterator[tuple[Cells, int]]:
    """What the line at `at` may be as a heading, with the number of lines it takes."""
    line = lines[at]
    strict = _record([line], delimiter)
    if strict is not None:
        yield strict, 1
        return
    for last in _ends(lines, at, delimiter):
        cells = _record(lines[at : last + 1], delimiter) or []
        # A stray quotation mark in the heading must not take the lines below along.
        begins = lines[last].split('"', 1)[0]
        below = [*lines[at + 1 : last], *([lines[last]] if delimiter in begins else [])]
        if not any(len(line.split(delimiter)) >= len(cells) for line in below):
            yield cells, last + 1 - at
    yield _alone(line, delimiter), 1
    yield line.split(delimiter), 1


def records(
    lines: Sequence[str],
    start: int,
    delimiter: str,
    width: int,
    is_whole: Callable[[Cells], bool],
) -> Iterator[Line]:
    """The lines from `start` on, by cells; `is_whole` tells whether cells are a line of the table
    by themselves."""
    at = start
    while at < len(lines):
        line = lines[at]
        if '"' not in line:
            yield Line(at + 1, line.split(delimiter))
            at += 1
            continue
        cells = _record([line], delimiter)
        end = at
        if cells is None:
            end = _end_of_record(lines, at, delimiter, width, is_whole)
            cells = _record(lines[at : end + 1], delimiter) if end > at else None
        plain = line.split(delimiter)
        mended = [_without_stray(cell) for cell in plain]
        if cells is None and _fits(plain, width) and not _is_open(line, delimiter):
            # Quotation marks inside a cell, where they hide no delimiter.
            lenient = _alone(line, delimiter)
            cells = lenient if _fits(lenient, width) else None
        if cells is not None and (_fits(cells, width) or not is_whole(mended)):
            yield Line(at + 1, cells)
        elif _fits(mended, width):
            yield Line(at + 1, mended, mended != plain)
        else:
            yield Line(at + 1, plain)
        at = end + 1


def _end_of_record(
    lines: Sequence[str],
    at: int,
    delimiter: str,
    width: int,
    is_whole: Callable[[Cells], bool],
) -> int:
    """The last line of the record that begins at `at`: itself, unless a cell with a line break is
    the only way to read what follows."""

    def stands_alone(line: str) -> bool:
        return is_whole([_without_stray(cell) for cell in line.split(delimiter)])

    for last in _ends(lines, at, delimiter):
        if not _fits(_record(lines[at : last + 1], delimiter) or [], width):
            continue
        between = any(_fits(line.split(delimiter), width) for line in lines[at + 1 : last])
        # A break in the first cell leaves a last line that looks whole.
        begins = lines[last].split('"', 1)[0]
        doubtful = delimiter in begins and stands_alone(lines[last])
        return at if between or doubtful or stands_alone(lines[at]) else last
    return at


def _ends(lines: Sequence[str], at: int, delimiter: str) -> Iterator[int]:
    """Numbers of the line with which a quotation mark that `at` leaves open is closed."""
    if not _is_open(lines[at], delimiter):
        return
    for last in range(at + 1, min(len(lines), at + _SPAN)):
        if '"' not in lines[last]:
            continue
        joined = lines[at : last + 1]
        if _record(joined, delimiter) is not None:
            yield last
        if not _is_open("\n".join(joined), delimiter):
            return


def _record(lines: Sequence[str], delimiter: str) -> Cells | None:
    """The cells of lines that are one valid record, else None."""
    if len(lines) == 1 and '"' not in lines[0]:
        return lines[0].split(delimiter)
    reader = csv.reader([line + "\n" for line in lines], delimiter=delimiter, strict=True)
    try:
        cells = next(reader, [])
    except csv.Error:
        return None
    return cells if reader.line_num == len(lines) else None


def _alone(line: str, delimiter: str) -> Cells:
    """The cells of a line as lenient programs read it."""
    try:
        return next(csv.reader([line], delimiter=delimiter), [])
    except csv.Error:
        return line.split(delimiter)


def _is_open(line: str, delimiter: str) -> bool:
    """Whether a quoted cell goes on after the line."""
    reader = csv.reader([line + "\n", "\n"], delimiter=delimiter)
    try:
        next(reader, [])
    except csv.Error:
        return False
    return reader.line_num > 1


def _fits(cells: Sequence[str], width: int) -> bool:
    return len(cells) >= width and not any(cell.strip() for cell in cells[width:])


def _without_stray(cell: str) -> str:
    """A cell without the quotation mark at its begin or end that has no other."""
    told = cell.strip()
    if told.count('"') % 2 == 0:
        return cell
    return told[1:] if told.startswith('"') else told.removesuffix('"')
