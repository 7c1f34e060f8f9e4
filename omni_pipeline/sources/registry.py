"""What each source brings to the dbt project, found by looking into its two folders.

A source joins in by having a model: `stg_<source>__touches`, `stg_<source>__identifiers` and so
on (`KINDS`). dbt wants every `ref` named while it parses, and its Jinja cannot list folders, so
whoever starts dbt says what is there in one variable, OMNI_SOURCES, which only `macros/sources.sql`
reads. Imports no Dagster.
"""

import json
from importlib import import_module
from pathlib import Path
from typing import Any

from omni_pipeline.bronze.endpoint import DatabaseEndpoint
from omni_pipeline.settings import current
from omni_pipeline.sources import source_names
from omni_pipeline.warehouse.project import FOLDER

VARIABLE = "OMNI_SOURCES"
# Models that are read of every source that has them; what they hold is in macros/sources.sql.
KINDS = (
    "identifiers",
    "order_identifiers",
    "order_people",
    "people",
    "touches",
    "written",
)


def registered(project: Path = FOLDER) -> dict[str, Any]:
    """By kind of model the names of the sources that have one.

    Under `time_zones` the zone of each source that is a database or names one.
    """
    staging = project / "models" / "staging"
    found = {
        kind: [s for s in source_names() if (staging / s / f"stg_{s}__{kind}.sql").exists()]
        for kind in KINDS
    }
    return {**found, "time_zones": _time_zones()}


def rendered_variables(project: Path = FOLDER) -> dict[str, str]:
    """All that views and models render in, as this process sees it; a change is a changed file."""
    named = {name for source in source_names() for name in rendered_by(source)}
    values = {name: current().get(name) for name in sorted(named)}
    return {**values, **dbt_variables(project)}


def rendered_by(source: str) -> tuple[str, ...]:
    """The variables that models of a source render in, but for its time zone."""
    found: tuple[str, ...] = getattr(_access(source), "RENDERED", ())
    return found


def dbt_variables(project: Path = FOLDER) -> dict[str, str]:
    """The environment variable that tells dbt what is registered."""
    return {VARIABLE: json.dumps(registered(project))}


def _time_zones() -> dict[str, str]:
    return {
        endpoint.source: endpoint.timezone
        for source in source_names()
        for endpoint in _access(source).endpoints()
        if isinstance(endpoint, DatabaseEndpoint) or endpoint.timezone_variables
    }


def _access(source: str) -> Any:
    return import_module(f"omni_pipeline.sources.{source}.access")
