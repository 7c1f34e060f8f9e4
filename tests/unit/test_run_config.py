"""What whoever launches a run may configure: of every job, every leaf of the schema."""

from collections.abc import Iterator
from typing import Any

import pytest
from dagster import DagsterInvalidConfigError
from dagster._core.execution.api import create_execution_plan

from omni_pipeline.definitions import defs

JOBS = {job.name: job for job in defs.get_repository_def().get_all_jobs()}
# Numbers and switches cannot name a program, a path, an address or SQL.
HARMLESS = {"Bool", "Float", "Int"}
# Dagster ignores what is named here and exists nowhere; nothing below them is open.
OPEN_AT_THE_TOP = {"resources", "ops"}
SHELL = {"dbt_executable": "/bin/sh", "global_config_flags": ["-c", "id"], "project_dir": "/tmp"}


def leaves(kind: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """Every place of a configuration type where something can be written, with what fits there."""
    name = kind.kind.name
    if hasattr(kind, "fields"):
        if name == "PERMISSIVE_SHAPE" and path not in OPEN_AT_THE_TOP:
            yield path, "anything"
        for field, inner in kind.fields.items():
            yield from leaves(inner.config_type, f"{path}.{field}".lstrip("."))
    elif name in ("ARRAY", "NONEABLE", "MAP"):
        if name == "MAP":
            yield f"{path}{{}}", str(kind.key_type.given_name)
        yield from leaves(kind.inner_type, f"{path}[]")
    elif name == "SCALAR_UNION":
        yield from leaves(kind.scalar_type, path)
        yield from leaves(kind.non_scalar_type, path)
    else:
        yield path, str(kind.given_name or name)


@pytest.mark.parametrize("name", JOBS)
def test_a_run_configures_numbers_and_switches_alone(name: str) -> None:
    found = dict(leaves(JOBS[name].run_config_schema.config_type))
    free = {path: kind for path, kind in found.items() if kind not in HARMLESS}
    assert not free, (
        f"whoever launches {name} may write {free}: make the resource with `fixed`, give the asset "
        "or check `config_schema={}` or a schema of numbers"
    )
    assert all(path.startswith("ops.ingest_") for path in found), found


def test_the_button_materialize_is_among_the_jobs() -> None:
    assert "__ASSET_JOB" in JOBS
    assert len(JOBS) >= 4


@pytest.mark.parametrize(
    "config",
    [
        {"resources": {"dbt": {"config": SHELL}}},
        {"resources": {"dbt": {"config": {"dbt_executable": {"env": "PATH"}}}}},
        {"resources": {"warehouse": {"config": {"url": "postgresql://elsewhere/x"}}}},
        {"resources": {"bitrix_database": {"config": {"url": {"env": "OMNI_DATABASE_URL"}}}}},
        {"resources": {"io_manager": {"config": {"base_dir": "/etc"}}}},
        {"execution": {"config": {"multiprocess": {"start_method": {"forkserver": {}}}}}},
        {"loggers": {"console": {"config": {"name": "root"}}}},
        {"loggers": {"another": {"config": {}}}},
        {"ops": {"dbt_models": {"config": {"select": "x"}}}},
        {"ops": {"ingest_bitrix": {"config": {"complete": {"env": "CRM_WEBHOOK_URL"}}}}},
    ],
)
def test_what_ran_a_shell_is_refused_before_anything_starts(config: dict[str, Any]) -> None:
    with pytest.raises(DagsterInvalidConfigError):
        create_execution_plan(JOBS["__ASSET_JOB"], config)


def test_a_complete_read_can_still_be_asked_for() -> None:
    config = {"ops": {"ingest_bitrix": {"config": {"complete": True, "max_shrink": 1.0}}}}
    assert create_execution_plan(JOBS["__ASSET_JOB"], config)
