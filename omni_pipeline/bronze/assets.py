"""How a bronze table becomes a Dagster asset: spec, metadata, and the ingestion of a source.

Used by every `sources/*/assets.py`, so that all raw tables look and behave alike in the UI.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import dagster as dg
import psycopg

from omni_pipeline.bronze import BronzeTable, freshness, wholeness
from omni_pipeline.bronze.checks import (
    FRESH,
    WHOLE,
    check_specs,
    fresh_result,
    whole_result,
)
from omni_pipeline.bronze.endpoint import ApiEndpoint, DatabaseEndpoint, shaped
from omni_pipeline.bronze.ingest import Ingested, ingest_api, ingest_database
from omni_pipeline.bronze.landing import MAX_SHRINK
from omni_pipeline.bronze.resource import ApiResource, SourceDatabaseResource, database_resource
from omni_pipeline.errors import ConfigurationError, RefusedReload, SourceError
from omni_pipeline.ops import ensure_ops
from omni_pipeline.warehouse.resource import Warehouse, fixed

OWNER = "team:data-engineering"
READ_TAG, READ_COMPLETE = "omni/read", "complete"
# A source is asked again after a pause; a wrong setting is not (see `guarded`).
RETRY = dg.RetryPolicy(max_retries=2, delay=5, backoff=dg.Backoff.EXPONENTIAL)


# All that a run may configure. Not a dg.Config, whose values may also be read from any variable.
READ_CONFIG = {
    "complete": dg.Field(
        bool,
        default_value=False,
        description="Compare whole tables by key and content, which finds silent changes and "
        "deletions.",
    ),
    "max_shrink": dg.Field(
        float,
        default_value=MAX_SHRINK,
        description="Share of a table that a complete read may remove before it is refused.",
    ),
}


def bronze_spec(table: BronzeTable, kind: str, configured: bool) -> dg.AssetSpec:
    """The asset of one raw table; a source that is not configured stays out of the hourly job."""
    return dg.AssetSpec(
        key=dg.AssetKey(table.address),
        group_name=table.schema,
        description=table.description,
        kinds={"python", kind, "postgres"},
        owners=[OWNER],
        tags={"layer": "bronze", "cadence": "hourly" if configured else "unconfigured"},
        metadata={
            "dagster/column_schema": dg.TableSchema(
                columns=[dg.TableColumn(n, t) for n, t in table.stored_columns.items()]
            ),
            "key": ", ".join(table.key),
        },
    )


def materialization(outcome: Ingested) -> dg.MaterializeResult[None]:
    """Counts of one landing as numbers that plot; a table that was not read is said in words."""
    key = dg.AssetKey(outcome.table.address)
    if outcome.result is None:
        return dg.MaterializeResult(
            asset_key=key,
            metadata={
                "present": False,
                "note": not_read(outcome),
                "rows_standing": outcome.rows_standing,
            },
        )
    result = outcome.result
    metadata: dict[str, int | float | bool | str] = {
        "present": True,
        "rows_in": result.rows_in,
        "rows_new": result.rows_new,
        "rows_changed": result.rows_changed,
        "rows_unchanged": result.rows_unchanged,
        "rows_repeated": result.rows_repeated,
        "rows_deleted": result.rows_deleted,
        "rows_quarantined": result.rows_quarantined,
        "rows_totals": result.rows_totals,
        "seconds": result.seconds,
    }
    if outcome.missing_columns:
        metadata["missing_columns"] = ", ".join(sorted(outcome.missing_columns))
    return dg.MaterializeResult(asset_key=key, metadata=metadata)


def not_read(outcome: Ingested) -> str:
    """Why a table was not read, and what stands of it all the same."""
    if outcome.read_at is None:
        return f"{outcome.unread}; it is empty"
    return (
        f"{outcome.unread}; {outcome.rows_standing:,} rows stand as last read whole "
        f"at {outcome.read_at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
    )


def guarded(
    context: dg.AssetExecutionContext, outcomes: Iterator[Ingested]
) -> Iterator[dg.MaterializeResult[None]]:
    """Materializations of the outcomes, with what is remarkable in the run's log."""
    with told_failures():
        for outcome in outcomes:
            if outcome.result is None:
                context.log.warning(
                    f"{outcome.table.schema}.{outcome.table.name}: {not_read(outcome)}"
                )
            elif outcome.missing_columns:
                context.log.warning(
                    f"{outcome.table.schema}.{outcome.table.name}: the source lacks "
                    f"{', '.join(sorted(outcome.missing_columns))}; read as null"
                )
            yield materialization(outcome)


@contextmanager
def told_failures() -> Iterator[None]:
    """Errors as failures of the step; a source that is away is tried again, a bad setting not."""
    try:
        yield
    except (ConfigurationError, RefusedReload) as error:
        variable = error.variable if isinstance(error, ConfigurationError) else ""
        raise dg.Failure(
            description=str(error),
            metadata={"variable": variable},
            allow_retries=isinstance(error, SourceError),
        ) from None


def database_definitions(endpoint: DatabaseEndpoint, kind: str) -> dg.Definitions:
    """A source database: one multi-asset, all its tables from one consistent snapshot."""
    resource = f"{endpoint.source}_database"

    def read(
        connection: psycopg.Connection[Any],
        source: SourceDatabaseResource,
        tables: Sequence[BronzeTable],
        **how: Any,
    ) -> Iterator[Ingested]:
        # A generator, so that a wrong setting is met where failures are told.
        yield from ingest_database(connection, source.database(), tables, **how)

    def faults(connection: psycopg.Connection[Any], source: SourceDatabaseResource) -> list[str]:
        seen = wholeness.look(source.database(), endpoint.tables)
        return endpoint.faults(seen, connection)

    ingest = ingestion(
        endpoint.source,
        endpoint.source,
        endpoint.tables,
        kind,
        endpoint.configured,
        resource,
        read,
        faults,
        endpoint.timezone,
    )
    return dg.Definitions(
        assets=[ingest],
        resources={resource: database_resource(endpoint)},
    )


def api_definitions(
    name: str,
    endpoint: ApiEndpoint,
    tables: Sequence[BronzeTable],
    kind: str,
    resource: Callable[[], ApiResource],
    tells_rights: bool = False,
) -> dg.Definitions:
    """An HTTP API: one multi-asset, one client at a time; `resource` reads its settings."""

    def read(
        connection: psycopg.Connection[Any],
        source: ApiResource,
        tables: Sequence[BronzeTable],
        **how: Any,
    ) -> Iterator[Ingested]:
        with shaped(endpoint.variable):
            yield from ingest_api(connection, source.client(), tables, **how)

    def faults(connection: psycopg.Connection[Any], source: ApiResource) -> list[str]:
        return wholeness.silenced(connection, tables, source.readable())

    key = f"{name}_api"
    ingest = ingestion(
        name,
        endpoint.source,
        tables,
        kind,
        endpoint.configured,
        key,
        read,
        faults if tells_rights else None,
    )
    return dg.Definitions(assets=[ingest], resources={key: fixed(resource)})


def ingestion(
    name: str,
    source: str,
    tables: Sequence[BronzeTable],
    kind: str,
    configured: bool,
    resource: str,
    read: Callable[..., Iterator[Ingested]],
    faults: Callable[[psycopg.Connection[Any], Any], list[str]] | None = None,
    timezone: str = "UTC",
) -> dg.AssetsDefinition:
    """One multi-asset over `tables` of a source; `read` lands them and yields what happened.

    `faults` tells what the source lacks of what it had, where anybody can. A check is of the whole
    source: one for each table would cost the hour 30 ms a table.
    """
    main = dg.AssetKey(tables[0].address)
    whole, fresh = dg.AssetCheckKey(main, WHOLE), dg.AssetCheckKey(main, FRESH)

    @dg.multi_asset(
        name=f"ingest_{name}",
        specs=[bronze_spec(table, kind, configured) for table in tables],
        check_specs=check_specs(tables, has_whole=faults is not None),
        can_subset=True,
        pool=f"raw_{source}",
        retry_policy=RETRY,
        required_resource_keys={resource, "warehouse"},
        config_schema=READ_CONFIG,
    )
    def ingest(
        context: dg.AssetExecutionContext,
    ) -> Iterator[dg.MaterializeResult[None] | dg.AssetCheckResult]:
        warehouse: Warehouse = context.resources.warehouse
        source = getattr(context.resources, resource)
        selected = context.selected_asset_keys
        config = context.op_execution_context.op_config
        asked = config["complete"] or context.run.tags.get(READ_TAG) == READ_COMPLETE
        with warehouse.connect(context.run.run_id) as connection:
            ensure_ops(connection)
            outcomes = read(
                connection,
                source,
                [table for table in tables if dg.AssetKey(table.address) in selected],
                complete=asked,
                max_shrink=config["max_shrink"],
            )
            yield from guarded(context, outcomes)
            if faults and whole in context.selected_asset_check_keys:
                with told_failures():
                    found = faults(connection, source)
                yield whole_result(whole, found, len(tables))
            if fresh in context.selected_asset_check_keys:
                for table in tables:
                    freshness.note_hours(connection, table, timezone)
                silences = freshness.silences(connection, tables, datetime.now(UTC))
                yield fresh_result(fresh, list(silences))

    return ingest
