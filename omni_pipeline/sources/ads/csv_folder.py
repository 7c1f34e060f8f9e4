"""The folder reader: tables and workbooks of advertising cost that people or export jobs drop.

While nothing changed no file is opened. When one did, all are read: two files may tell the same
day, and which of them counts depends on both.
"""

import json
import logging
from pathlib import Path

from omni_pipeline.bronze.guard import attempt, reason_of
from omni_pipeline.bronze.landing import MAX_SHRINK
from omni_pipeline.bronze.staging import Refused, Total
from omni_pipeline.errors import SourceError
from omni_pipeline.sources.ads import workbooks
from omni_pipeline.sources.ads.csv_rows import parse
from omni_pipeline.sources.ads.csv_table import ParsedFile
from omni_pipeline.sources.ads.periods import Money
from omni_pipeline.sources.ads.reading import Reading, Row, Scope
from omni_pipeline.values import text

logger = logging.getLogger(__name__)

VARIABLE = "ADS_CSV_DIR"
SUFFIXES = {".csv", ".tsv", ".txt"} | workbooks.SUFFIXES
# Left behind by programs at work, and notes: nobody expects a cost from them.
PASSED_OVER = {".tmp", ".part", ".crdownload", ".swp", ".bak", ".lock", ".ini", ".db", ".md"}


class CsvFolder:
    """The files of one folder; folders inside it are not looked into."""

    name = "csv"
    variable = VARIABLE  # the setting to look at

    def __init__(self, folder: Path, money: Money | None = None) -> None:
        self._folder = folder
        self._money = money or Money()

    def check(self) -> str:
        """What is there and what of it cannot be read; a sentence for a person."""
        files = self._files()
        lost = [text(path.name, []) for path in files if not self._parse(path).rows]
        said = f"{len(files)} files of advertising cost"
        return f"{said}; no row could be read from {', '.join(lost)}" if lost else said

    def read(self, state: str | None, whole: bool) -> Reading | None:
        """All files, if any changed since `state`, which holds their sizes and times.

        Rows that a change took out of a file are deleted, whatever else in it is not understood;
        not where a whole file is not. A line that is refused but tells its campaign and day keeps
        the row that stands for them.
        """
        files = self._files()
        marks = {path.name: _mark_of(path) for path in files}
        before: dict[str, str] = json.loads(state or "{}")
        if {name: _mark(told) for name, told in before.items()} == marks and not whole:
            return None
        rows: list[Row | Refused | Total] = []
        understood = []
        lost_rows = False
        for path in files:
            parsed = self._parse(path)
            # Of two rows that tell the same the landing takes the last and counts the other.
            rows += [*parsed.repeated, *parsed.rows.values(), *parsed.refused]
            rows += [Total()] * parsed.totals
            if parsed.refused:
                name = text(path.name, [])
                logger.warning("%s: %d lines not understood", name, len(parsed.refused))
            if parsed.is_understood:
                understood.append(path.name)
                lost_rows |= _has_shrunk(before.get(path.name), len(parsed.rows))
            marks[path.name] += f" {len(parsed.rows)}"
        scope = Scope({"origin": tuple(understood)}) if understood else None
        # A file as long as before has lost nothing: a campaign of it was renamed, days were moved.
        shrink = None if lost_rows else 1.0
        return Reading(rows, scope, json.dumps(marks, sort_keys=True), shrink)

    def _parse(self, path: Path) -> ParsedFile:
        content = self._content(path)
        parsed = attempt(lambda read: self._understand(path, read), content)
        if isinstance(parsed, Exception):
            return ParsedFile(refused=[Refused(reason_of(parsed), path.name)])
        return parsed

    def _content(self, path: Path) -> bytes:
        try:
            return path.read_bytes()
        except OSError as error:
            reason = f"{path.name} cannot be read ({error.strerror})"
            raise SourceError(self.variable, reason) from None

    def _understand(self, path: Path, content: bytes) -> ParsedFile:
        """What a file says; a folder of something else says it otherwise."""
        if path.suffix.lower() not in SUFFIXES:
            reason = "files of this kind are not read: save the table as .xlsx or .csv"
            return ParsedFile(refused=[Refused(reason, path.name)])
        return parse(path.name, content, self._money)

    def _files(self) -> list[Path]:
        """Files by time of change, then name: of two that tell the same, the later one counts."""
        try:
            found = [path for path in self._folder.iterdir() if _is_meant(path)]
            return sorted(found, key=lambda path: (path.stat().st_mtime_ns, path.name))
        except OSError as error:
            reason = f"the folder cannot be read ({error.strerror})"
            raise SourceError(self.variable, reason) from None


def _is_meant(path: Path) -> bool:
    """Not what a program at work leaves beside a file, such as `~$costs.xlsx`."""
    is_passing = path.name.startswith((".", "~")) or path.name.endswith("~")
    return path.is_file() and not is_passing and path.suffix.lower() not in PASSED_OVER


def _mark_of(path: Path) -> str:
    stat = path.stat()
    return f"{stat.st_size} {stat.st_mtime_ns}"


def _mark(told: str) -> str:
    """Size and time of a file in the state, which also tells how many rows it had."""
    return " ".join(told.split()[:2])


def _has_shrunk(before: str | None, rows: int) -> bool:
    """Whether a file has fewer rows than the share that one read may take away."""
    had = (before or "").split()[2:]
    return before is not None and (not had or rows < (1 - MAX_SHRINK) * int(had[0]))
