"""Versions: what rows depend on besides the rows of the sources. Three, each of its own extent.

`rules_hash` of the whole dbt project: while it stays, seeds and views stand. `project_versions` of
each incremental model, from dbt's manifest: digests of the code, macros and deciding settings of
the model and of everything it stands on, and of the content of the seeds among it. While its
version stays, a table may be carried on; when it changes, this table and those that stand on it are
made whole (`should_full_refresh` in the dbt project). Descriptions and tests count for nothing.
`code_version` of a step that Python makes. Imports no Dagster.
"""

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import yaml

from omni_pipeline.warehouse.follows import KEPT, check_follows

# What of a model's configuration decides its rows or its table.
DECIDING = (
    "materialized",
    "key",
    "unique_key",
    "follows",
    "reads",
    "asked",
    "changes",
    "changes_where",
    "arrives_by",
    "looks_up",
    "combines",
    "incremental_strategy",
    "logs",
    "progress",
    "delta",
    "indexes",
    "fillfactor",
    "contract",
)
PROJECT_FOLDERS = ("models", "macros", "seeds", "tests")
HOOKS = ("pre-hook", "post-hook")
CALL = re.compile(r"\b(\w+)\s*\(")


@dataclass(frozen=True)
class ModelVersion:
    """What `ops.model_version` says of one model of a group.

    `ancestors` are the models of groups it stands on. A model that holds only the delta of a run is
    read by `readers` (schema.table); when one of them is missing it has to bring everything.
    """

    model: str
    version: str
    ancestors: tuple[str, ...]
    readers: tuple[str, ...]


def project_versions(
    project: Path, manifest: Path, rendered: Mapping[str, str]
) -> list[ModelVersion]:
    """Versions by a dbt project folder, its parsed manifest and the settings it renders.

    NotFollowed when a table would miss changes of what it reads.
    """
    variables = yaml.safe_load((project / "dbt_project.yml").read_text()).get("vars", {})
    settings = json.dumps([variables, rendered], sort_keys=True)
    parsed = json.loads(manifest.read_text())
    check_follows(parsed)
    return model_versions(parsed, settings)


def model_versions(manifest: Mapping[str, Any], settings: str) -> list[ModelVersion]:
    """Versions of all models with a `progress` group, by name.

    `settings` stands for variables and environment: it counts for every model whose code, or that
    of a macro it calls, reads a variable.
    """
    nodes: Mapping[str, Any] = manifest["nodes"]
    parents = _lineage(manifest["parent_map"], nodes)
    children = _lineage(manifest["child_map"], nodes)
    own = {name: _digest(node, manifest["macros"], settings) for name, node in nodes.items()}

    def readers(name: str) -> set[str]:
        """The tables that a delta reaches, directly or through others and views."""
        found: set[str] = set()
        for child in children.get(name, []):
            stored = _is_step(nodes[child]) and not nodes[child]["config"].get("delta")
            found |= {child} if stored else readers(child)
        return found

    versions = []
    for name, node in nodes.items():
        if not _is_step(node):
            continue
        above = _closure({name}, parents)
        read = readers(name) if node["config"].get("delta") else set()
        counted = sorted(above | _closure(read, parents))
        versions.append(
            ModelVersion(
                node["name"],
                hashlib.sha256("\0".join(own[each] for each in counted).encode()).hexdigest(),
                tuple(sorted(nodes[a]["name"] for a in above - {name} if _is_step(nodes[a]))),
                tuple(sorted(f"{nodes[r]['schema']}.{nodes[r]['alias']}" for r in read)),
            )
        )
    return sorted(versions, key=lambda version: version.model)


def record_versions(connection: psycopg.Connection[Any], versions: Iterable[ModelVersion]) -> None:
    """Tell the warehouse what the project says now; dbt compares with what its tables are."""
    with connection.transaction():
        connection.execute("delete from ops.model_version")
        connection.cursor().executemany(
            "insert into ops.model_version (model, version, ancestors, readers) "
            "values (%s, %s, %s, %s)",
            [(v.model, v.version, list(v.ancestors), list(v.readers)) for v in versions],
        )


def _is_step(node: Mapping[str, Any]) -> bool:
    """Whether a node is a table that is kept current."""
    config = node["config"]
    if node["resource_type"] != "model" or config["materialized"] in ("view", "ephemeral"):
        return False
    return config["materialized"] in KEPT or bool(config.get("progress"))


def _lineage(related: Mapping[str, list[str]], nodes: Mapping[str, Any]) -> dict[str, list[str]]:
    """Relatives among models and seeds: tests and sources say nothing about rows."""
    wanted = {n for n, node in nodes.items() if node["resource_type"] in ("model", "seed")}
    return {
        name: [other for other in others if other in wanted]
        for name, others in related.items()
        if name in wanted
    }


def _closure(start: set[str], related: Mapping[str, list[str]]) -> set[str]:
    found, queue = set(start), list(start)
    while queue:
        for other in related.get(queue.pop(), []):
            if other not in found:
                found.add(other)
                queue.append(other)
    return found


def _digest(node: Mapping[str, Any], macros: Mapping[str, Any], settings: str) -> str:
    """Digest of one node by itself."""
    if node["resource_type"] == "seed":
        return str(node["checksum"]["checksum"])
    config = node["config"]
    hooks = [hook["sql"] for key in HOOKS for hook in config.get(key, [])]
    code = [node["raw_code"], *hooks]
    code += [macros[name]["macro_sql"] for name in _called(node, code, macros)]
    if any("var(" in text for text in code):
        code.append(settings)
    code.append(json.dumps({key: config.get(key) for key in DECIDING}, sort_keys=True))
    return hashlib.sha256("\0".join(code).encode()).hexdigest()


def _called(node: Mapping[str, Any], texts: Iterable[str], macros: Mapping[str, Any]) -> list[str]:
    """The project's own macros that a node uses, in a fixed order.

    dbt notes for a model what its code called while it was parsed, when nothing is incremental yet:
    macros of the incremental branch alone are not among them, so calls are also read in the texts.
    """
    own = {name: m for name, m in macros.items() if m["package_name"] == node["package_name"]}
    by_call = {macro["name"]: name for name, macro in own.items()}
    found: set[str] = set()
    queue = list(node["depends_on"].get("macros", []))
    queue += [by_call[call] for text in texts for call in CALL.findall(text) if call in by_call]
    while queue:
        name = queue.pop()
        if name in found or name not in own:
            continue
        found.add(name)
        queue += own[name]["depends_on"]["macros"]
        inside = CALL.findall(own[name]["macro_sql"])
        queue += [by_call[call] for call in inside if call in by_call]
    return sorted(found)


def project_files(project: Path) -> list[Path]:
    """The files that decide what dbt builds, in a fixed order."""
    found = [
        path
        for folder in PROJECT_FOLDERS
        for path in (project / folder).rglob("*")
        if path.is_file()
    ]
    return sorted([project / "dbt_project.yml", *found])


def is_younger(manifest: Path, project: Path) -> bool:
    """Whether dbt parsed the project after its last change: a folder tells of files that left."""
    if not manifest.exists():
        return False
    folders = [project / name for name in PROJECT_FOLDERS if (project / name).exists()]
    inside = [path for folder in folders for path in folder.rglob("*")]
    looked_at = [project / "dbt_project.yml", *folders, *inside]
    changed = max(path.stat().st_mtime for path in looked_at)
    return manifest.stat().st_mtime >= changed


def rules_hash(project: Path, rendered: Mapping[str, str]) -> str:
    """Digest of the dbt project and of the settings it renders."""
    digest = hashlib.sha256()
    for path in project_files(project):
        digest.update(str(path.relative_to(project)).encode() + b"\0" + path.read_bytes() + b"\0")
    for name, value in rendered.items():
        digest.update(f"{name}={value}\0".encode())
    return digest.hexdigest()


def code_version(files: Iterable[Path]) -> str:
    """Digest of the files of a step that Python makes."""
    digest = hashlib.sha256()
    for path in files:
        digest.update(path.read_bytes() + b"\0")
    return digest.hexdigest()[:16]
