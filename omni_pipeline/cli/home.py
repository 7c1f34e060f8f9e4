"""`omni stop --delete-data`: takes from a home what omni put there, and nothing else.

OMNI_HOME may be a folder in which somebody keeps other things, and so may each folder in it.
"""

import shutil
from pathlib import Path

from omni_pipeline.postgres.first_start import DATA_NAMES

# Names that omni, PostgreSQL and Dagster make, as patterns; those in a folder of ours one by one.
MADE: dict[str, tuple[str, ...]] = {
    "postgres-[0-9][0-9]": DATA_NAMES,
    "postgres-[0-9][0-9].making": DATA_NAMES,
    "logs": ("run-????????.log", "sandbox.log"),
    "dagster": (
        "dagster.yaml*", "storage", "history", "schedules", "logs", ".logs_queue", ".telemetry",
        ".nux",
    ),
    ".": (
        "postgres.lock", "postgres.password*", "analyst.password*", "omni_sql.password*",
        "postgres.port*", "database", "database.*.new", "run.lock", "dev.pid", "dev.lock",
    ),
}  # fmt: skip


def delete_data(home: Path) -> list[Path]:
    """Remove what was made here, and the home if nothing is left; gives what was left in it."""
    for folder_name, names in MADE.items():
        for folder in [home] if folder_name == "." else sorted(home.glob(folder_name)):
            if folder.is_symlink():
                folder.unlink()  # what it leads to is somewhere else and stays there
                continue
            for name in names:
                for path in folder.glob(name):
                    _remove(path)
            _remove_empty(folder)
    return sorted(home.iterdir()) if home.exists() else []


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def _remove_empty(folder: Path) -> None:
    if folder.is_dir() and not any(folder.iterdir()):
        folder.rmdir()
