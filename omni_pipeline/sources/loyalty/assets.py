"""The loyalty ledger and till receipts as Dagster assets: one per raw table."""

from omni_pipeline.bronze.assets import database_definitions
from omni_pipeline.sources.loyalty.access import DATABASE

defs = database_definitions(DATABASE, kind="bitrix")
