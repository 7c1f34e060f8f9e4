"""The back office in 1C as Dagster assets: orders and their lines, from one folder."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import dagster as dg
import psycopg

from omni_pipeline.bronze import BronzeTable
from omni_pipeline.bronze.assets import ingestion
from omni_pipeline.bronze.ingest import Ingested
from omni_pipeline.sources.ads.ingest import ingest_ads
from omni_pipeline.sources.onec.access import FOLDER, folder
from omni_pipeline.sources.onec.folder import OnecFolder
from omni_pipeline.sources.onec.tables import SOURCE, TABLES
from omni_pipeline.warehouse.resource import fixed


class OnecFiles(dg.ConfigurableResource):  # type: ignore[type-arg]
    """The folder; the setting is read when a run asks."""

    def folder(self) -> Path:
        return folder()


def _read(
    connection: psycopg.Connection[Any],
    source: OnecFiles,
    tables: Sequence[BronzeTable],
    **how: Any,
) -> Iterator[Ingested]:
    for table in tables:  # files are read for each by itself: what one lacks the other may have
        yield from ingest_ads(connection, [OnecFolder(source.folder(), table)], [table], **how)


defs = dg.Definitions(
    assets=[ingestion(SOURCE, SOURCE, TABLES, "1c", FOLDER.configured, "onec_files", _read,
                      timezone=FOLDER.timezone)],
    resources={"onec_files": fixed(OnecFiles)},
)  # fmt: skip
