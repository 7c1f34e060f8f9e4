"""One file of the folder: the tables in it, in text or in the sheets of a workbook.

Belongs here: where a table begins. How a text becomes lines of cells is in `csv_lines.py`, what the
lines say in `csv_table.py`; workbooks are opened by `workbooks.py`.
"""

from collections.abc import Iterator, Sequence
from itertools import islice

from omni_pipeline.bronze.staging import Refused
from omni_pipeline.sources.ads import csv_lines, workbooks
from omni_pipeline.sources.ads.csv_headings import layout_of
from omni_pipeline.sources.ads.csv_lines import Line
from omni_pipeline.sources.ads.csv_table import RAW, Lines, ParsedFile, Table
from omni_pipeline.sources.ads.periods import Money

_HEADER_WITHIN = 40  # lines: exports put a title, a period and their filters above


def parse(name: str, content: bytes, money: Money) -> ParsedFile:
    """The file's rows; never raises for what is in it."""
    if not workbooks.is_workbook(content):
        return _text(name, csv_lines.lines_of(content), money)
    parsed = ParsedFile()
    try:
        sheets = workbooks.sheets_of(content)
    except workbooks.Unreadable as reason:
        parsed.refused.append(Refused(str(reason), name))
        return parsed
    if not sheets:
        parsed.refused.append(Refused("the workbook is empty", name))
    for title, lines in sheets:
        place = f"{name} [{title}]"
        if isinstance(lines, workbooks.Unreadable):
            parsed.refused.append(Refused(str(lines), place))
        else:
            parsed.take(_sheet(name, place, lines, money), place)
    return parsed


def _text(name: str, lines: Sequence[str], money: Money) -> ParsedFile:
    """The rows below the first heading that any delimiter shows."""
    for delimiter in csv_lines.DELIMITERS:
        above: Lines = []
        for at in _first_filled(lines):
            for heading, span in csv_lines.headings(lines, at, delimiter):
                layout = layout_of(heading, above)
                if layout is None:
                    continue
                table = Table(name, name, layout, money)
                table.skip(above, at)
                width = len(layout.columns)
                table.read(csv_lines.records(lines, at + span, delimiter, width, table.is_whole))
                return table.parsed
            above.append(lines[at].split(delimiter))
    return _without_heading(name, [line.split(";") for line in lines[:20]])


def _sheet(name: str, place: str, lines: Lines, money: Money) -> ParsedFile:
    """The rows below the heading of a sheet."""
    above: Lines = []
    for at in _first_filled(["".join(cells).strip() for cells in lines]):
        layout = layout_of(lines[at], above)
        if layout is not None:
            table = Table(name, place, layout, money)
            table.skip(above, at)
            table.read(Line(n, cells) for n, cells in enumerate(lines[at + 1 :], at + 2))
            return table.parsed
        above.append(lines[at])
    return _without_heading(place, lines[:20])


def _first_filled(lines: Sequence[str]) -> Iterator[int]:
    """Places of the lines among which a heading is looked for."""
    return islice((at for at, line in enumerate(lines) if line.strip()), _HEADER_WITHIN)


def _without_heading(place: str, start: Lines) -> ParsedFile:
    reason = "no header with a day, a campaign and a cost was found in the file"
    told = "\n".join(" | ".join(cells) for cells in start)
    return ParsedFile(refused=[Refused(reason, f"{place}: {told[:RAW]}")])
