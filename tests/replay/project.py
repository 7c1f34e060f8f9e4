"""A copy of the dbt project in a folder of its own: tests edit its seeds, never the checkout's.

OMNI_REPLAY_PROJECT names another project folder to copy, such as one broken on purpose.
"""

import csv
import os
import shutil
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]


class ProjectCopy:
    """The dbt project under `folder`, with its seeds as lists of rows; without its unit tests."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "dbt_project"
        shutil.copytree(
            os.environ.get("OMNI_REPLAY_PROJECT", REPOSITORY / "dbt_project"),
            self.folder,
            ignore=shutil.ignore_patterns("target", "logs", ".user.yml", "*unit_tests.yml"),
        )

    def _file(self, seed: str) -> Path:
        return self.folder / "seeds" / f"{seed}.csv"

    def columns(self, seed: str) -> list[str]:
        """The header of a seed."""
        with self._file(seed).open(encoding="utf-8", newline="") as file:
            return next(csv.reader(file))

    def rows(self, seed: str) -> list[dict[str, str]]:
        """The rows of a seed as they are now."""
        with self._file(seed).open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))

    def write(self, seed: str, rows: Iterable[Mapping[str, object]]) -> None:
        """Replace all rows of a seed; columns a row lacks are left empty."""
        header = self.columns(seed)
        with self._file(seed).open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, header, restval="", lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)

    def add(self, seed: str, rows: Sequence[Mapping[str, object]]) -> None:
        """Append rows to a seed."""
        self.write(seed, [*self.rows(seed), *rows])

    def remove(self, seed: str, **values: str) -> None:
        """Drop the rows of a seed that have all these values."""
        self.write(
            seed,
            [
                row
                for row in self.rows(seed)
                if any(row[column] != value for column, value in values.items())
            ],
        )

    def has(self, seed: str) -> bool:
        """Whether the project has this seed."""
        return self._file(seed).exists()

    def model(self, name: str) -> Path | None:
        """The file of a model, if the project has it."""
        return next((self.folder / "models").rglob(f"{name}.sql"), None)
