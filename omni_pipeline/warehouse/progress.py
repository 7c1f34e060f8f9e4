"""How many models a run of dbt is about to build: told in its log, read for the progress."""

import json
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

BUILDS = re.compile(r"dbt builds (\d+) models")


def announced(manifest: Path, keys: Iterable[Any], deployed_kept: bool) -> str:
    """The sentence that BUILDS reads; of `keys` (of assets) the models and seeds count.

    `deployed_kept`: without what stands from one deployment to the next (DEPLOYED in assets.py).
    """
    names = {key.path[-1] for key in keys}
    nodes = json.loads(manifest.read_text())["nodes"].values()
    built = [
        node
        for node in nodes
        if node["resource_type"] in ("model", "seed")
        and node["config"].get("materialized") != "ephemeral"
        and node["alias"] in names
        and not (deployed_kept and _lasts(node))
    ]
    return f"dbt builds {len(built)} models"


def _lasts(node: dict[str, Any]) -> bool:
    folder, is_view = node["path"].split("/")[0], node["config"].get("materialized") == "view"
    is_seed = bool(node["resource_type"] == "seed")
    return is_seed or (folder in ("staging", "marts") and is_view)
