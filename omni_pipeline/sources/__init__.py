"""Source systems: one folder each, under one name that is also schema, group and dbt source.

A folder holds `__init__.py` (runbook: system, access, cursor, cadence, quirks), `tables.py`
(bronze declarations), `access.py` (which settings open it, which of them its models render),
`client.py` where the system has a protocol of its own, and `assets.py` (the Dagster shell, ending
with `defs`). Dropping in a folder is the registration.
"""

import pkgutil
from collections.abc import Iterator
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import dagster as dg


def source_names() -> list[str]:
    """Names of the source folders, sorted."""
    return sorted(module.name for module in pkgutil.iter_modules(__path__) if module.ispkg)


def source_definitions() -> "Iterator[dg.Definitions]":
    """The Dagster definitions that each source folder ends with."""
    for name in source_names():
        yield import_module(f"{__name__}.{name}.assets").defs
