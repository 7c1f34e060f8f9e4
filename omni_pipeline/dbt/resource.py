"""dbt as a child process: its environment is an argument, its folder that of one run.

dagster-dbt reads what it says. Its own resource would hand on the environment of this process, run
`dbt --version` before every command, and start an adapter for row counts and columns, which nobody
here asks it for: together 4 CPU seconds.
"""

import json
import shutil
import subprocess
import sys
import uuid
from collections.abc import Mapping, Sequence
from importlib import metadata
from pathlib import Path
from typing import Any

import dagster as dg
from dagster_dbt import DbtCliInvocation, DbtProject
from packaging.version import Version

from omni_pipeline.dbt.checks import TRANSLATOR
from omni_pipeline.settings import current
from omni_pipeline.sources.registry import dbt_variables
from omni_pipeline.warehouse.project import FOLDER
from omni_pipeline.warehouse.resource import dbt_environment

PROJECT = DbtProject(project_dir=FOLDER)
PARSED = "partial_parse.msgpack"
# By its full path: the environment's programs need not be on PATH.
PROGRAM = Path(sys.executable).with_name("omni-dbt")


class Dbt(dg.ConfigurableResource):  # type: ignore[type-arg]
    """dbt on the warehouse of this URL."""

    url: str

    def start(
        self, context: dg.AssetExecutionContext, command: Sequence[str], raise_on_error: bool = True
    ) -> DbtCliInvocation:
        """dbt with this command, in a folder of its own named after the step and the run."""
        step = context.op_execution_context.op.name
        folder = f"{step}-{context.run.run_id[:7]}-{uuid.uuid4().hex[:7]}"
        target = PROJECT.manifest_path.parent / folder
        manifest = json.loads(PROJECT.manifest_path.read_text())
        return start(command, target, dbt_environment(self.url), manifest, raise_on_error)


def start(
    command: Sequence[str],
    target: Path,
    connection: Mapping[str, str],
    manifest: Mapping[str, Any],
    raise_on_error: bool = True,
) -> DbtCliInvocation:
    """dbt with this command; it writes into `target`, and parses only what changed."""
    target.mkdir(parents=True, exist_ok=True)
    known = PROJECT.manifest_path.parent / PARSED
    if known.exists() and known.parent != target:
        shutil.copy(known, target / PARSED)
    environment = {
        **current().variables,
        **connection,
        **dbt_variables(),
        "DBT_LOG_FORMAT": "json",  # dagster-dbt reads it
        "DBT_LOG_PATH": str(target),
        "DBT_PROFILES_DIR": str(FOLDER),
        "DBT_PROJECT_DIR": str(FOLDER),
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
        "DBT_TARGET_PATH": str(target),
        "PYTHONUNBUFFERED": "1",
    }
    process = subprocess.Popen(
        [str(PROGRAM), *command],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env=environment,
        cwd=FOLDER,
    )
    return DbtCliInvocation(
        process=process,
        manifest=manifest,
        dagster_dbt_translator=TRANSLATOR,
        project_dir=FOLDER,
        target_path=target,
        raise_on_error=raise_on_error,
        cli_version=Version(metadata.version("dbt-core")),
        project=PROJECT,
    )
