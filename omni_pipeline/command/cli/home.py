"""`omni stop --delete-data`: takes from a home what omni put there, and nothing else.

OMNI_HOME may be a folder in which somebody keeps other things, and so may each folder in it.
"""

import shutil
from pathlib import Path

from omni_pipeline.postgres.first_start import DATA_NAMES

SMALL = ("postgres.password", "analyst.password", "omni_sql.password", "postgres.port", "database")
HEX = "[0-9a-f]"
RUN_ID = "-".join(HEX * digits for digits in (8, 4, 4, 4, 12))
# Folders, deepest first, and what is made in them, as patterns: a name that only begins like one of
# ours is somebody's.
MADE: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("postgres-[0-9][0-9]", DATA_NAMES),
    ("postgres-[0-9][0-9].making", DATA_NAMES),
    ("logs", (f"run-{HEX * 8}.log", "sandbox.log")),
    ("dagster/storage", (RUN_ID,)),
    ("dagster", ("dagster.yaml", "dagster.yaml.[0-9]*.new")),
    (".", ("postgres.lock", "run.lock", "dev.pid", *SMALL, *(f"{n}.[0-9]*.new" for n in SMALL))),
)


def delete_data(home: Path) -> list[Path]:
    """Remove what was made here, and the home if nothing is left; gives what was left.

    A link is removed; what it leads to is somewhere else and stays there.
    """
    elsewhere = []
    for place, names in MADE:
        for folder in [home] if place == "." else sorted(home.glob(place)):
            if any(link.is_symlink() for link in (folder, *folder.parents[: place.count("/")])):
                elsewhere.append(folder.resolve())
                continue
            for name in names:
                for path in folder.glob(name):
                    _remove(path)
            _remove_empty(folder)
    for link in [link for place, _ in MADE[:-1] for link in home.glob(place) if link.is_symlink()]:
        link.unlink()
    _remove_empty(home)
    return [*(sorted(home.iterdir()) if home.exists() else []), *elsewhere]


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def _remove_empty(folder: Path) -> None:
    if folder.is_dir() and not any(folder.iterdir()):
        folder.rmdir()
