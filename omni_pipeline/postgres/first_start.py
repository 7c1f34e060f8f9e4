"""What a first start leaves behind when it is killed, and how it is told from somebody's files."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from omni_pipeline.errors import ConfigurationError
from omni_pipeline.postgres import install

# What initdb and the server put into a data folder.
DATA_NAMES = (
    "PG_VERSION", "base", "global", "pg_commit_ts", "pg_dynshmem", "pg_hba.conf", "pg_ident.conf",
    "pg_logical", "pg_multixact", "pg_notify", "pg_replslot", "pg_serial", "pg_snapshots",
    "pg_stat", "pg_stat_tmp", "pg_subtrans", "pg_tblspc", "pg_twophase", "pg_wal", "pg_xact",
    "postgresql.conf", "postgresql.auto.conf", "postgresql.auto.conf.tmp", "postmaster.opts",
    "postmaster.pid", "server.log",
)  # fmt: skip
STARTED = ("postmaster.opts", "server.log")  # written by the first start of a whole folder


def clear(folder: Path, secret: str) -> None:
    """Remove a half-made data folder. Raises ConfigurationError when it is something else."""
    if not folder.is_dir() or not (names := [entry.name for entry in folder.iterdir()]):
        return
    if (
        not set(names) <= set(DATA_NAMES)
        or folder.is_symlink()
        or any(name in STARTED for name in names)
    ):
        raise ConfigurationError(
            "OMNI_HOME",
            f"{folder} is not empty and was not left by a first start (or {secret} beside it is "
            "missing: put it back); name another folder or move that one away",
        )
    shutil.rmtree(folder)


def make_folder(folder: Path) -> None:
    """An empty folder of the account that the server runs as."""
    folder.mkdir(mode=0o700, exist_ok=True)
    if os.geteuid() == 0:
        os.chown(folder, *install.service_ids())


@contextmanager
def password_file(secret: Path) -> Iterator[str]:
    """Name of a copy of the password that the server's account may read."""
    with tempfile.NamedTemporaryFile("w", dir="/tmp", suffix=".pw") as handle:
        handle.write(secret.read_text())
        handle.flush()
        if os.geteuid() == 0:
            os.chown(handle.name, *install.service_ids())
        yield handle.name
