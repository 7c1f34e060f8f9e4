"""How a bronze table becomes a Dagster asset: spec, metadata, and the ingestion of a source.

Used by every `sources/*/assets.py`, so that all raw tables look and behave alike in the UI.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from typing import Any

import dagster as dg
import psycopg

from omni_pipeline.bronze import BronzeTable
from omni_pipeline.database import SourceDatabase
from omni_pipeline.endpoint import ApiEndpoint, DatabaseEndpoint
from omni_pipeline.errors import ConfigurationError, RefusedReload, SourceError
from omni_pipeline.ingest import ApiClient, Ingested, ingest_api, ingest_database
from omni_pipeline.landing import MAX_SHRINK
from omni_pipeline.ops import ensure_ops
from omni_pipeline.warehouse.resource import Warehouse, fixed, setting

OWNER = "team:data-engineering"
READ_TAG, READ_COMPLETE = "omni/read", "complete"
# A source is asked again after a pause; a wrong setting is not (see `guarded`).
RETRY = dg.RetryPolicy(max_retries=2, delay=5, backoff=dg.Backoff.EXPONENTIAL)
FRESHNESS = dg.FreshnessPolicy.time_window(
    warn_window=timedelta(hours=2), fail_window=timedelta(hours=6)
)


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


class SourceDatabaseResource(dg.ConfigurableResource):  # type: ignore[type-arg]
    """A source database; `variable` is the setting that errors name."""

    url: str
    variable: str
    timezone: str = "UTC"

    def database(self) -> SourceDatabase:
        return SourceDatabase(self.url, self.variable, self.timezone)


def bronze_spec(table: BronzeTable, kind: str, configured: bool) -> dg.AssetSpec:
    """The asset of one raw table; a source that is not configured stays out of the hourly job."""
    return dg.AssetSpec(
        key=dg.AssetKey(table.address),
        group_name=table.schema,
        description=table.description,
        kinds={"python", kind, "postgres"},
        owners=[OWNER],
        tags={"layer": "bronze", "cadence": "hourly" if configured else "unconfigured"},
        freshness_policy=FRESHNESS if configured else None,
        metadata={
            "dagster/column_schema": dg.TableSchema(
                columns=[dg.TableColumn(n, t) for n, t in table.stored_columns.items()]
            ),
            "key": ", ".join(table.key),
        },
    )


def materialization(outcome: Ingested) -> dg.MaterializeResult[None]:
    """Counts of one landing as numbers that plot; an absent table is said in words."""
    key = dg.AssetKey(outcome.table.address)
    if outcome.result is None:
        return dg.MaterializeResult(
            asset_key=key,
            metadata={"present": False, "note": f"the source has no table {outcome.table.name}"},
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


def guarded(
    context: dg.AssetExecutionContext, outcomes: Iterator[Ingested]
) -> Iterator[dg.MaterializeResult[None]]:
    """Materializations of the outcomes; a source that is away is tried again, a bad setting not."""
    try:
        for outcome in outcomes:
            if outcome.result is None:
                context.log.warning(
                    f"{outcome.table.schema}.{outcome.table.name}: absent in the source, left empty"
                )
            elif outcome.missing_columns:
                context.log.warning(
                    f"{outcome.table.schema}.{outcome.table.name}: the source lacks "
                    f"{', '.join(sorted(outcome.missing_columns))}; read as null"
                )
            yield materialization(outcome)
    except (ConfigurationError, RefusedReload) as error:
        variable = error.variable if isinstance(error, ConfigurationError) else ""
        raise dg.Failure(
            description=str(error),
            metadata={"variable": variable},
            allow_retries=isinstance(error, SourceError),
        ) from None


class ApiResource(dg.ConfigurableResource):  # type: ignore[type-arg]
    """An HTTP API; subclasses hold its settings and open the client."""

    def client(self) -> ApiClient:
        raise NotImplementedError(f"{type(self).__name__}.client")


def database_definitions(endpoint: DatabaseEndpoint, kind: str) -> dg.Definitions:
    """A source database: one multi-asset, all its tables from one consistent snapshot."""
    resource = f"{endpoint.source}_database"

    def read(
        connection: psycopg.Connection[Any],
        source: SourceDatabaseResource,
        tables: Sequence[BronzeTable],
        **how: Any,
    ) -> Iterator[Ingested]:
        return ingest_database(connection, source.database(), tables, **how)

    ingest = ingestion(
        endpoint.source, endpoint.source, endpoint.tables, kind, endpoint.configured, resource, read
    )
    return dg.Definitions(
        assets=[ingest],
        resources={
            resource: fixed(
                lambda: SourceDatabaseResource(
                    url=setting(endpoint.variable),
                    variable=endpoint.variable,
                    timezone=endpoint.timezone,
                )
            )
        },
    )


def api_definitions(
    name: str,
    endpoint: ApiEndpoint,
    tables: Sequence[BronzeTable],
    kind: str,
    resource: Callable[[], ApiResource],
) -> dg.Definitions:
    """An HTTP API: one multi-asset, one client at a time; `resource` reads its settings."""

    def read(
        connection: psycopg.Connection[Any],
        source: ApiResource,
        tables: Sequence[BronzeTable],
        **how: Any,
    ) -> Iterator[Ingested]:
        return ingest_api(connection, source.client(), tables, **how)

    key = f"{name}_api"
    ingest = ingestion(name, endpoint.source, tables, kind, endpoint.configured, key, read)
    return dg.Definitions(assets=[ingest], resources={key: fixed(resource)})


def ingestion(
    name: str,
    source: str,
    tables: Sequence[BronzeTable],
    kind: str,
    configured: bool,
    resource: str,
    read: Callable[..., Iterator[Ingested]],
) -> dg.AssetsDefinition:
    """One multi-asset over `tables` of a source; `read` lands them and yields what happened."""

    @dg.multi_asset(
        name=f"ingest_{name}",
        specs=[bronze_spec(table, kind, configured) for table in tables],
        can_subset=True,
        pool=f"raw_{source}",
        retry_policy=RETRY,
        required_resource_keys={resource, "warehouse"},
        config_schema=READ_CONFIG,
    )
    def ingest(context: dg.AssetExecutionContext) -> Iterator[dg.MaterializeResult[None]]:
        warehouse: Warehouse = context.resources.warehouse
        selected = context.selected_asset_keys
        config = context.op_execution_context.op_config
        asked = config["complete"] or context.run.tags.get(READ_TAG) == READ_COMPLETE
        with warehouse.connect(context.run.run_id) as connection:
            ensure_ops(connection)
            outcomes = read(
                connection,
                getattr(context.resources, resource),
                [table for table in tables if dg.AssetKey(table.address) in selected],
                complete=asked,
                max_shrink=config["max_shrink"],
            )
            yield from guarded(context, outcomes)

    return ingest
