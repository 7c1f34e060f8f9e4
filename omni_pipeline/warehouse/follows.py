"""Whether every table of the engine says how it follows what it reads.

Pure, from dbt's manifest, looked at whenever the project is parsed: a relation that is read and
neither followed nor called a rule would change without this table ever hearing of it.
"""

from collections.abc import Iterator, Mapping
from typing import Any

KEPT = ("keyed", "sums", "arrivals")  # materializations that keep a table current


class NotFollowed(Exception):
    """A model of the dbt project that would miss changes; the message names its file."""


def check_follows(manifest: Mapping[str, Any]) -> None:
    """Raise NotFollowed with one line for each fault in the manifest."""
    faults = [
        fault
        for node in manifest["nodes"].values()
        if node["resource_type"] == "model" and node["config"]["materialized"] in KEPT
        for fault in _faults(node, manifest["nodes"])
    ]
    if faults:
        raise NotFollowed("\n".join(sorted(faults)))


def followers(manifest: Mapping[str, Any]) -> dict[str, list[str]]:
    """Who follows the change log of a table, by the table's name; readers outside dbt too."""
    models = [n for n in manifest["nodes"].values() if n["resource_type"] == "model"]
    kept = {n["name"]: n for n in models if n["config"]["materialized"] in KEPT}
    found = {
        name: list(n["config"].get("followed_by") or [])
        for name, n in kept.items()
        if n["config"]["materialized"] != "arrivals" or n["config"].get("logs")
    }
    for node in kept.values():
        for name in _ways(node["config"].get("follows")):
            if name in found:
                found[name].append(node["name"])
    return {name: readers for name, readers in found.items() if readers}


def _faults(node: Mapping[str, Any], nodes: Mapping[str, Any]) -> Iterator[str]:
    """What is wrong with one model, in words."""
    file, config = node["original_file_path"], node["config"]
    follows = _ways(config.get("follows"))
    rules = config.get("reads_as_rule") or []
    aside = [*(config.get("hooks_read") or []), *(config.get("looks_up") or [])]
    inputs = {n["name"]: n for n in _inputs(node, nodes) if n["name"] not in aside}
    for name, read in sorted(inputs.items()):
        if read["resource_type"] == "seed":
            if name not in rules:
                yield f"{file} reads the seed {name}: say so in reads_as_rule"
        elif name not in follows:
            yield f"{file} reads {name} and does not follow it: tell how its rows name keys"
        elif config["materialized"] != "arrivals" and _is_blind(read):
            yield f"{file} follows {name}, which shows no _next_seq: its changes would not be seen"
    for name in sorted({*follows, *rules} - set(inputs)):
        yield f"{file} names {name} and does not read it"
    for name, ways in follows.items():
        for way in ways:
            if way not in follows:
                yield f"{file} finds {name} through {way}, which it does not follow"
    for source in sorted(node["depends_on"]["nodes"]):
        if source.startswith("source.") and ".ops." not in source:
            yield f"{file} reads {source} itself: only staging does"


def _ways(follows: Any) -> dict[str, list[str]]:
    """The followed relations, each with those it is found through."""
    if isinstance(follows, str):
        return {follows: []}
    found = {}
    for name, told in (follows or {}).items():
        ways = told if isinstance(told, list) else [told]
        found[name] = [w["through"] for w in ways if isinstance(w, dict) and "through" in w]
    return found


def _inputs(node: Mapping[str, Any], nodes: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Models and seeds whose rows a model's SELECT names; the text of ephemeral ones is in it."""
    for name in node["depends_on"]["nodes"]:
        read = nodes.get(name)
        if read is None:
            continue
        if read["config"]["materialized"] == "ephemeral":
            yield from _inputs(read, nodes)
        else:
            yield read


def _is_blind(node: Mapping[str, Any]) -> bool:
    """Whether nobody can see what changed in a view."""
    config = node["config"]
    is_view = config["materialized"] == "view"
    shown = config.get("changes") or config.get("arrives_by")
    return is_view and not shown and "_next_seq" not in node["raw_code"]
