"""The dbt project: its folder, how it is run, and its variables, where Python has to know one."""

from functools import cache
from pathlib import Path
from typing import Any

import yaml

FOLDER = Path(__file__).resolve().parents[2] / "dbt_project"
# The manifest is that of the project, the SQL as it ran is in the log: neither is written twice.
LEAN = ("--no-write-json", "--log-format-file", "debug")


@cache
def variables() -> dict[str, Any]:
    """Variables of the project by name."""
    found: dict[str, Any] = yaml.safe_load((FOLDER / "dbt_project.yml").read_text())["vars"]
    return found
