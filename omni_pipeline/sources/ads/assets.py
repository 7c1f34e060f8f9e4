"""Advertising cost as a Dagster asset: one table, all doors."""

from collections.abc import Iterator, Sequence
from typing import Any

import dagster as dg
import psycopg

from omni_pipeline.bronze import BronzeTable
from omni_pipeline.bronze.assets import ingestion
from omni_pipeline.bronze.ingest import Ingested
from omni_pipeline.sources.ads.access import endpoints, open_readers
from omni_pipeline.sources.ads.ingest import ingest_ads
from omni_pipeline.sources.ads.reading import Reader
from omni_pipeline.sources.ads.tables import SOURCE, TABLES
from omni_pipeline.warehouse.resource import fixed


class AdAccounts(dg.ConfigurableResource):  # type: ignore[type-arg]
    """The configured doors, any of which may be unset; settings are read when a run asks."""

    def readers(self) -> list[Reader]:
        return open_readers()


def _read(
    connection: psycopg.Connection[Any],
    source: AdAccounts,
    tables: Sequence[BronzeTable],
    **how: Any,
) -> Iterator[Ingested]:
    # A generator, so that a wrong setting is met where failures are told.
    yield from ingest_ads(connection, source.readers(), tables, **how)


defs = dg.Definitions(
    assets=[
        ingestion(
            SOURCE,
            SOURCE,
            TABLES,
            "advertising",
            any(door.configured for door in endpoints()),
            "ad_accounts",
            _read,
        )
    ],
    resources={"ad_accounts": fixed(AdAccounts)},
)
