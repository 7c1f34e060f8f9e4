"""The Asterisk channel event log as Dagster assets: one per raw table."""

from omni_pipeline.bronze.assets import database_definitions
from omni_pipeline.sources.cel.access import DATABASE

defs = database_definitions(DATABASE, kind="asterisk")
