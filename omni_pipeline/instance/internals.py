"""What is used of Dagster beyond its documentation: all of it, in this one file.

Everything else imports only what `dagster` exports. A release outside of TESTED may have moved any
of these; `tests/unit/test_internals.py` fails for it until somebody has looked at each.
"""

from collections.abc import Iterable, Mapping

import dagster as dg
from dagster._cli.proxy_server_manager import ProxyServerManager
from dagster._config.config_schema import UserConfigSchema
from dagster._core.definitions.asset_checks.asset_check_evaluation import (
    AssetCheckEvaluationPlanned,
)
from dagster._core.definitions.repository_definition import SINGLETON_REPOSITORY_NAME
from dagster._core.errors import DagsterUserCodeUnreachableError
from dagster._core.events import DagsterEventBatchMetadata, generate_event_batch_id
from dagster._core.instance.ref import InstanceRef
from dagster._core.launcher import CheckRunHealthResult, WorkerStatus
from dagster._core.remote_origin import (
    RegisteredCodeLocationOrigin,
    RemoteJobOrigin,
    RemoteRepositoryOrigin,
)
from dagster._core.storage.event_log.schema import SqlEventLogStorageMetadata
from dagster._core.storage.runs.schema import RunStorageSqlMetadata
from dagster._core.storage.schedules.migration import SCHEDULE_TICKS_SELECTOR_ID
from dagster._core.storage.schedules.schema import ScheduleStorageSqlMetadata
from dagster._core.workspace.context import WorkspaceProcessContext
from dagster._core.workspace.load_target import WorkspaceFileTarget
from dagster._grpc.types import CanCancelExecutionRequest, CanCancelExecutionResult
from dagster._serdes import ConfigurableClassData, deserialize_value
from dagster._utils.concurrency import ConcurrencyClaimStatus
from dagster._utils.interrupts import raise_interrupts_as
from dagster._utils.log import configure_loggers

__all__ = [
    "SCHEDULE_TICKS_SELECTOR_ID",
    "AssetCheckEvaluationPlanned",
    "CanCancelExecutionRequest",
    "CanCancelExecutionResult",
    "CheckRunHealthResult",
    "ConcurrencyClaimStatus",
    "ConfigurableClassData",
    "DagsterUserCodeUnreachableError",
    "InstanceRef",
    "ProxyServerManager",
    "RunStorageSqlMetadata",
    "ScheduleStorageSqlMetadata",
    "SqlEventLogStorageMetadata",
    "UserConfigSchema",
    "WorkerStatus",
    "WorkspaceFileTarget",
    "WorkspaceProcessContext",
    "add_tags",
    "configure_loggers",
    "deserialize_value",
    "job_origin",
    "raise_interrupts_as",
    "tell_materialized",
]

TESTED = {
    "dagster": ">=1.13.27,<1.13.28",
    "dagster-postgres": ">=0.29.27,<0.29.28",
    "dagster-webserver": ">=1.13.27,<1.13.28",
}


def job_origin(location: str, job: str) -> RemoteJobOrigin:
    """Where a job is defined, as runs of a code location note it: the UI lists no others."""
    origin = RegisteredCodeLocationOrigin(location)
    return RemoteRepositoryOrigin(origin, SINGLETON_REPOSITORY_NAME).get_job_origin(job)


def add_tags(context: dg.AssetExecutionContext, tags: Mapping[str, str]) -> None:
    """Tags of the run at work, for the UI and for Dagster, which asks the run in this process."""
    context.instance.add_run_tags(context.run.run_id, dict(tags))
    dict.update(context.run.tags, tags)


def tell_materialized(
    context: dg.AssetExecutionContext, asset: dg.AssetKey, partitions: Iterable[str]
) -> None:
    """Events that these partitions are materialised, in one write."""
    keys = list(partitions)
    batch = generate_event_batch_id()  # type: ignore[no-untyped-call]
    step = context.op_execution_context.get_step_execution_context()
    for key in keys:
        dg.DagsterEvent.asset_materialization(
            step,
            dg.AssetMaterialization(asset_key=asset, partition=key),
            DagsterEventBatchMetadata(batch, key == keys[-1]),
        )
