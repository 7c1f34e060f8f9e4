"""Dagster's instance, named in docker/dagster.yaml: runs of this process are the code location's.

A run that a process executes itself has no code location, and the UI shows it under no job.
"""

from collections.abc import Mapping
from typing import Any

import dagster as dg

from omni_pipeline.instance.internals import ConfigurableClassData, InstanceRef, job_origin

LOCATION = "omni_pipeline"  # the code location's name in workspace.yaml, here and in docker/


class LocatedInstance(dg.DagsterInstance):
    """As DagsterInstance; a run without an origin gets that of its job in the code location."""

    @classmethod
    def config_schema(cls) -> Mapping[str, dg.Field]:
        """No settings of its own in dagster.yaml."""
        return {}

    @classmethod
    def config_defaults(cls, base_dir: str) -> Mapping[str, ConfigurableClassData | None]:
        """What dagster.yaml does not name is as Dagster has it."""
        return InstanceRef.config_defaults(base_dir)

    def create_run_for_job(
        self, job_def: dg.JobDefinition, *arguments: Any, **options: Any
    ) -> dg.DagsterRun:
        origin = job_origin(LOCATION, job_def.name)
        return super().create_run_for_job(
            job_def, *arguments, **{"remote_job_origin": origin, **options}
        )
