"""CPU seconds and peak memory of a PostgreSQL server's backends, from /proc.

CPU is what ended backends left with the postmaster (cutime, cstime) plus what living ones have
used; parallel workers count, autovacuum and the checkpointer do not. Resolution: one tick, 10 ms.
"""

import os
import shutil
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from omni_pipeline.postgres import EmbeddedPostgres

TICK = os.sysconf("SC_CLK_TCK")
SAMPLE_SECONDS = 0.02
OTHERS = ("autovacuum", "checkpointer", "background writer", "walwriter", "io worker", "logical")


class Backends:
    """A running count of one server's backends; start() before use, stop() at the end."""

    def __init__(self, data: Path) -> None:
        self._postmaster = int((data / "postmaster.pid").read_text().splitlines()[0])
        self._idle = threading.Event()
        self._thread = threading.Thread(target=self._sample, daemon=True)
        # Autovacuum workers end too and would be counted with the backends.
        self._workers: dict[int, float] = {}
        self.peak_rss_mb = 0.0  # with the pages of shared_buffers that the backend touched
        self.peak_own_mb = 0.0  # memory of the backend alone

    def start(self) -> "Backends":
        self._thread.start()
        return self

    def stop(self) -> None:
        self._idle.set()
        self._thread.join()

    def forget_peaks(self) -> None:
        """Begin a new measurement of memory."""
        self.peak_rss_mb = self.peak_own_mb = 0.0

    def cpu(self) -> float:
        """CPU seconds of all backends since the server's start."""
        fields = _stat(self._postmaster)
        living = sum(_used(pid) for pid, title in self._children() if not _is_other(title))
        return (int(fields[13]) + int(fields[14])) / TICK + living - sum(self._workers.values())

    def _children(self) -> list[tuple[int, str]]:
        found = []
        listed = Path(f"/proc/{self._postmaster}/task/{self._postmaster}/children")
        for pid in map(int, listed.read_text().split()):
            with suppress(OSError):
                title = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")[0].decode()
                found.append((pid, title))
        return found

    def _sample(self) -> None:
        while not self._idle.wait(SAMPLE_SECONDS):
            for pid, title in self._children():
                with suppress(OSError, IndexError):
                    if "autovacuum worker" in title:
                        self._workers[pid] = _used(pid)
                    elif not _is_other(title):
                        self._note_memory(pid)

    def _note_memory(self, pid: int) -> None:
        status = dict(
            line.split(":", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines()
        )
        with suppress(KeyError):  # a zombie has no memory
            self.peak_rss_mb = max(self.peak_rss_mb, int(status["VmHWM"].split()[0]) / 1024)
            self.peak_own_mb = max(self.peak_own_mb, int(status["RssAnon"].split()[0]) / 1024)


def _is_other(title: str) -> bool:
    return any(name in title for name in OTHERS)


def _stat(pid: int) -> list[str]:
    # Fields after the command's closing bracket, counted from 3 in proc(5): utime is 14th there.
    return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()


def _used(pid: int) -> float:
    with suppress(OSError):
        fields = _stat(pid)
        return (int(fields[11]) + int(fields[12])) / TICK
    return 0.0


@contextmanager
def serving(kept: Path | None = None) -> Iterator[tuple[EmbeddedPostgres, Backends]]:
    """A server with its ordinary settings, and its count; its folder goes unless it is kept."""
    home = kept or Path(tempfile.mkdtemp(prefix="omni-bench-", dir="/tmp"))
    home.mkdir(parents=True, exist_ok=True)
    home.chmod(0o755)
    server = EmbeddedPostgres(home)
    server.start()
    backends = Backends(server.data).start()
    try:
        yield server, backends
    finally:
        backends.stop()
        server.stop()
        if not kept:
            shutil.rmtree(home, ignore_errors=True)
