"""Which process a run lives in, told by tags of the run; imports no Dagster.

Host and pid alone are not enough: numbers are given out again, and containers have their own.
"""

import os
import socket
from collections.abc import Mapping
from functools import cache
from pathlib import Path

HOST_TAG, PID_TAG, BORN_TAG = "omni/host", "omni/pid", "omni/born"


def own_tags() -> dict[str, str]:
    """Tags by which others can tell whether this process still lives."""
    pid = os.getpid()
    return {HOST_TAG: socket.gethostname(), PID_TAG: str(pid), BORN_TAG: _birth(pid) or ""}


def ended(tags: Mapping[str, str]) -> bool:
    """Whether the process of a run is certainly gone; False where this machine cannot know."""
    if tags.get(HOST_TAG) != socket.gethostname() or not tags.get(PID_TAG, "").isdecimal():
        return False
    pid, born = int(tags[PID_TAG]), tags.get(BORN_TAG, "")
    if not born:  # a run of an earlier version
        return not _is_omni(pid)
    boot, space, _ = born.split(".")
    if boot != _boot():
        return True
    return space == _space() and _birth(pid) != born


def _birth(pid: int) -> str | None:
    """Boot, pid namespace and start of a living process; None if it has ended."""
    try:
        # The name, in brackets, may hold blanks; fields 3 and 22 are state and start in ticks.
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    return None if fields[0] in "ZX" else f"{_boot()}.{_space()}.{fields[19]}"


@cache
def _boot() -> str:
    return Path("/proc/sys/kernel/random/boot_id").read_text().strip()


@cache
def _space() -> str:
    return str(os.stat("/proc/self/ns/pid").st_ino)


def _is_omni(pid: int) -> bool:
    try:
        return b"omni" in Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return False
