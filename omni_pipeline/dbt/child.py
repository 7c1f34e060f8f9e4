"""Runs dbt so that it keeps its connections and dies with the process that started it.

`dagster-dbt` starts dbt as a child. After `kill -9` of the parent that child would go on writing
models while the next run starts; this small program asks the kernel for a SIGKILL at the parent's
death and then is dbt.
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1  # linux/prctl.h


def main() -> None:
    """Be `dbt` of this environment with the same arguments."""
    if sys.platform == "linux":
        parent = os.getppid()
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:  # the parent died before the request took effect
            sys.exit(1)
    # After the request: dbt takes seconds to import, in which the parent may die.
    from dbt.cli.main import cli

    from omni_pipeline.dbt.connections import keep_connections
    from omni_pipeline.ops import LOCK_SECONDS
    from omni_pipeline.sources.registry import VARIABLE, dbt_variables

    # libpq reads it; unlike a SET it outlives the DISCARD ALL between two models.
    os.environ.setdefault("PGOPTIONS", f"-c lock_timeout={LOCK_SECONDS}s")
    if not os.environ.get(VARIABLE):  # a run of the pipeline has told it already
        os.environ.update(dbt_variables())
    keep_connections()
    cli(prog_name="dbt")


if __name__ == "__main__":
    main()
