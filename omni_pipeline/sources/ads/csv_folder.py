"""The folder reader: files of advertising cost that people or export jobs drop.

While nothing changed no file is opened. When one did, all are read: two files may tell the same
day, and which of them counts depends on both.
"""

import json
import logging
from pathlib import Path
from typing import Any

from omni_pipeline.errors import SourceError
from omni_pipeline.sources.ads.csv_rows import parse
from omni_pipeline.sources.ads.periods import Money
from omni_pipeline.sources.ads.reading import Reading, Scope
from omni_pipeline.staging import Refused

logger = logging.getLogger(__name__)

VARIABLE = "ADS_CSV_DIR"
SUFFIXES = {".csv", ".tsv", ".txt"}


class CsvFolder:
    """The files of one folder; folders inside it are not looked into."""

    name = "csv"

    def __init__(self, folder: Path, money: Money | None = None) -> None:
        self._folder = folder
        self._money = money or Money()

    def check(self) -> str:
        """What is there and what of it cannot be read; a sentence for a person."""
        files = self._files()
        lost = [path.name for path in files if not self._parse(path).rows]
        said = f"{len(files)} files of advertising cost"
        return f"{said}; no row could be read from {', '.join(lost)}" if lost else said

    def read(self, state: str | None, whole: bool) -> Reading | None:
        """All files, if any changed since `state`, which holds their sizes and times.

        Rows of a file that a change took out of it are deleted, but not when it has lines that
        were not understood: one of them may be that row.
        """
        files = self._files()
        seen = json.dumps({path.name: _mark(path) for path in files}, sort_keys=True)
        if seen == state and not whole:
            return None
        merged: dict[tuple[Any, ...], dict[str, Any]] = {}
        refused: list[Refused] = []
        understood = []
        for path in files:
            parsed = self._parse(path)
            merged |= parsed.rows
            refused += parsed.refused
            if parsed.refused:
                logger.warning("%s: %d lines not understood", path.name, len(parsed.refused))
            else:
                understood.append(path.name)
        scope = Scope({"origin": tuple(understood)}) if understood else None
        return Reading([*merged.values(), *refused], scope, seen)

    def _parse(self, path: Path) -> Any:
        try:
            content = path.read_bytes()
        except OSError as error:
            reason = f"{path.name} cannot be read ({error.strerror})"
            raise SourceError(VARIABLE, reason) from None
        return parse(path.name, content, self._money)

    def _files(self) -> list[Path]:
        """Files by time of change, then name: of two that tell the same, the later one counts."""
        try:
            found = [
                path
                for path in self._folder.iterdir()
                if path.suffix.lower() in SUFFIXES and path.is_file() and path.name[0] != "."
            ]
            return sorted(found, key=lambda path: (path.stat().st_mtime_ns, path.name))
        except OSError as error:
            reason = f"the folder cannot be read ({error.strerror})"
            raise SourceError(VARIABLE, reason) from None


def _mark(path: Path) -> str:
    stat = path.stat()
    return f"{stat.st_size} {stat.st_mtime_ns}"
