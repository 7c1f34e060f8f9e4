"""dbt on the real project, in this process, with the seconds of each model."""

import os
import tempfile
import time
from pathlib import Path
from typing import Any

from dbt.cli.main import dbtRunner

from measuring.server import Backends
from omni_pipeline.dbt.connections import keep_connections
from omni_pipeline.sources.registry import dbt_variables
from omni_pipeline.warehouse.project import LEAN
from omni_pipeline.warehouse.resource import dbt_environment

PROJECT = Path(__file__).resolve().parents[2] / "dbt_project"


class Dbt:
    """Runs dbt with one thread, so that what the server does belongs to the model at work.

    `wall` holds the wall seconds of each model of the last command, `python` its own CPU seconds.
    """

    def __init__(self, warehouse_url: str, backends: Backends) -> None:
        os.environ.update(dbt_environment(warehouse_url) | dbt_variables())
        os.environ["DBT_SEND_ANONYMOUS_USAGE_STATS"] = "false"
        self._backends = backends
        self._folder = tempfile.TemporaryDirectory(prefix="omni-bench-dbt-", dir="/tmp")
        self.wall: dict[str, float] = {}
        self.python = 0.0
        self._cpu: dict[str, float] = {}
        self._started = self._begun = 0.0
        keep_connections()  # as runs of the pipeline do
        self._runner = dbtRunner(callbacks=[self._note])

    def __call__(self, *arguments: str) -> dict[str, float]:
        """Run one command; gives CPU seconds by model, in the order of running."""
        self._cpu, self.wall = {}, {}
        before = time.process_time()
        lean = () if arguments[0] == "parse" else LEAN
        done = self._runner.invoke(
            [
                *arguments,
                *("--project-dir", str(PROJECT), "--profiles-dir", str(PROJECT)),
                *("--target-path", f"{self._folder.name}/target"),
                *("--log-path", f"{self._folder.name}/logs"),
                *("--threads", "1", "--quiet", "--no-use-colors", *lean),
            ]
        )
        self.python = time.process_time() - before
        if not done.success:
            raise SystemExit(f"dbt {' '.join(arguments)} failed: {done.exception or done.result}")
        return dict(self._cpu)

    @property
    def manifest(self) -> Path:
        """What dbt last parsed."""
        return Path(self._folder.name) / "target" / "manifest.json"

    def _note(self, event: Any) -> None:
        if event.info.name == "NodeStart":
            self._started, self._begun = self._backends.cpu(), time.perf_counter()
        elif event.info.name == "NodeFinished":
            name = event.data.node_info.node_name
            self._cpu[name] = self._backends.cpu() - self._started
            self.wall[name] = time.perf_counter() - self._begun
