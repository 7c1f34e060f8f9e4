"""Where servers of tests keep their data: in memory, where there is plenty of it.

Tests copy and drop databases all the time, and each drop waits until the server has written what it
holds: on a disk that was half of the server's processor time.
"""

import shutil
import tempfile
from pathlib import Path

MEMORY = "/dev/shm"
ENOUGH = 8 << 30  # bytes; two parts of `make test` at once hold 2 GB at most


def server_folder(prefix: str) -> Path:
    """A new folder that the server's unprivileged account can reach; pytest's keep it out."""
    folder = Path(tempfile.mkdtemp(prefix=prefix, dir=MEMORY if _plenty() else "/tmp"))
    folder.chmod(0o755)
    return folder


def _plenty() -> bool:
    try:
        free = shutil.disk_usage(MEMORY).free
        told = Path("/proc/meminfo").read_text().split()
        available = int(told[told.index("MemAvailable:") + 1]) << 10
    except (OSError, ValueError):  # no Linux
        return False
    return min(free, available) >= ENOUGH
