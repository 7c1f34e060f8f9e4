"""Runs dbt so that it dies with the process that started it.

`dagster-dbt` starts dbt as a child. After `kill -9` of the parent that child would go on writing
models while the next run starts. PR_SET_PDEATHSIG survives exec, so this small program asks the
kernel for a SIGKILL at the parent's death and then becomes dbt.
"""

import ctypes
import os
import signal
import sys
from pathlib import Path

PR_SET_PDEATHSIG = 1  # linux/prctl.h


def main() -> None:
    """Become `dbt` of this environment with the same arguments."""
    dbt = str(Path(sys.executable).with_name("dbt"))
    if sys.platform == "linux":
        parent = os.getppid()
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:  # the parent died before the request took effect
            sys.exit(1)
    os.execv(dbt, [dbt, *sys.argv[1:]])


if __name__ == "__main__":
    main()
