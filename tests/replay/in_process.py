"""dbt inside the test's process: parsed once for each state of a project, nothing written that no
test reads.

Reading back what dbt parsed, writing its artifacts and ordering tests that are left out cost more
than a second per run; a process of its own costs six.
"""

import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from omni_pipeline.dbt.connections import keep_connections
from omni_pipeline.sources.registry import rendered_variables
from omni_pipeline.warehouse.versions import ModelVersion, project_versions
from tests.replay.lean import make_lean

WRITTEN = ("target", "logs")  # by dbt itself
QUICK = ("--no-write-json", "--use-fast-test-edges", "--log-level", "none")
State = tuple[Mapping[str, str], Mapping[str, tuple[int, int]]]
# What dbt keeps of a parse, by database and names of files. From there it parses what has changed,
# and all of it when it finds that the rest does not fit.
KEPT = "partial_parse.msgpack"
_kept: dict[tuple[str, ...], bytes] = {}


class DbtHere:
    """dbt over one project folder; a changed file or variable has it parsed anew."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._state: State | None = None
        self._manifest: Any = None
        self._versions: list[ModelVersion] = []

    @property
    def folders(self) -> list[str]:
        """The arguments that say where the project is."""
        return ["--project-dir", f"{self.folder}", "--profiles-dir", f"{self.folder}", "--quiet"]

    def versions(self) -> list[ModelVersion]:
        """Versions of the incremental models, as a run through Dagster tells them."""
        self._parse()
        return self._versions

    def invoke(
        self, *arguments: str, callbacks: Sequence[Callable[[Any], None]] = ()
    ) -> tuple[list[Any], Any]:
        """Results and outcome of one dbt command."""
        from dbt.cli.main import dbtRunner

        keep_connections()  # as runs of the pipeline do
        make_lean()
        # Variables count when a project is parsed.
        manifest = None if "--vars" in arguments else self._parse()
        if manifest is not None:
            _forget_compiled(manifest)
        runner = dbtRunner(manifest=manifest, callbacks=[*callbacks])
        outcome = runner.invoke([*arguments, *QUICK, *self.folders])
        return list(getattr(outcome.result, "results", None) or []), outcome

    def _parse(self) -> Any:
        """The manifest of the project as it is now."""
        from dbt.cli.main import dbtRunner

        now = self._now()
        if self._state != now:
            kept = self.folder / "target" / KEPT
            key = (os.environ.get("OMNI_PG_DATABASE", ""), *self._names(now))
            if key in _kept and not kept.exists():
                kept.parent.mkdir(exist_ok=True)
                kept.write_bytes(_kept[key])
            parsed = dbtRunner().invoke(["parse", *self.folders])
            assert parsed.success, parsed.exception
            manifest: Any = parsed.result
            _kept.setdefault(key, kept.read_bytes())
            written = kept.with_name("manifest.json")
            self._versions = project_versions(self.folder, written, rendered_variables())
            self._state, self._manifest = now, manifest
        return self._manifest

    def _names(self, now: State) -> list[str]:
        """The files of the project, as any copy of it calls them."""
        return sorted(os.path.relpath(file, self.folder) for file in now[1])

    def _now(self) -> State:
        """Environment and files, by what tells that they changed."""
        files = {}
        for place, folders, names in os.walk(self.folder):
            if place == f"{self.folder}":
                folders[:] = [name for name in folders if name not in WRITTEN]
            for name in names:
                found = os.stat(os.path.join(place, name))
                files[os.path.join(place, name)] = (found.st_mtime_ns, found.st_size)
        # pytest notes there which test runs.
        return {k: v for k, v in os.environ.items() if k != "PYTEST_CURRENT_TEST"}, files


def _forget_compiled(manifest: Any) -> None:
    """What an earlier run compiled: dbt would leave the text of ephemeral models out of others."""
    for node in manifest.nodes.values():
        if getattr(node, "compiled", False):
            node.compiled, node.compiled_code = False, None
            node.extra_ctes, node.extra_ctes_injected = [], False
