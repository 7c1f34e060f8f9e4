"""The code location: merges what the folders define and nothing else."""

import dagster as dg

from omni_pipeline import automation
from omni_pipeline.attribution import assets as attribution
from omni_pipeline.attribution.comparison import assets as comparison
from omni_pipeline.dbt import assets as warehouse
from omni_pipeline.dbt.audit import assets as audit
from omni_pipeline.identity import assets as identity
from omni_pipeline.loyalty import assets as loyalty
from omni_pipeline.sources import source_definitions
from omni_pipeline.warehouse.resource import EXECUTOR, IO_MANAGER, LOGGERS

defs = dg.Definitions.merge(
    *source_definitions(),
    warehouse.defs,
    audit.defs,
    identity.defs,
    attribution.defs,
    comparison.defs,
    loyalty.defs,
    automation.defs,
    # Runs that no job defines, such as those of the button Materialize, use these as well.
    dg.Definitions(executor=EXECUTOR, loggers=LOGGERS, resources={"io_manager": IO_MANAGER}),
)
