"""What makes a table be made anew, and what does not, on a small invented manifest."""

import copy
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from omni_pipeline.warehouse.versions import ModelVersion, is_younger, model_versions

MACRO, LATER, DEEP = "macro.shop.kopecks", "macro.shop.arrived", "macro.shop.standing"


def node(name: str, parents: list[str], **config: Any) -> dict[str, Any]:
    config = {"materialized": "incremental", "progress": "marts", "pre-hook": [], **config}
    return {
        "name": name,
        "alias": name,
        "schema": "marts",
        "resource_type": "model",
        "package_name": "shop",
        "raw_code": f"select {name}",
        "description": "",
        "config": config,
        "depends_on": {"macros": [], "nodes": [f"model.shop.{p}" for p in parents]},
    }


def manifest() -> dict[str, Any]:
    """rules (seed) -> view -> delta -> fact -> report; other stands apart."""
    nodes = {
        "seed.shop.rules": {
            "name": "rules",
            "resource_type": "seed",
            "package_name": "shop",
            "checksum": {"checksum": "a"},
            "config": {"materialized": "seed"},
        },
        "model.shop.view": node("view", [], materialized="view", progress=None),
        "model.shop.delta": node("delta", ["view"], materialized="table", delta=True),
        "model.shop.fact": node("fact", ["delta"]),
        "model.shop.report": node("report", ["fact"]),
        "model.shop.other": node("other", []),
    }
    nodes["model.shop.fact"]["depends_on"]["macros"] = [MACRO]
    nodes["model.shop.view"]["depends_on"]["nodes"] = ["seed.shop.rules"]
    parents = {name: each.get("depends_on", {}).get("nodes", []) for name, each in nodes.items()}
    children: dict[str, list[str]] = {name: [] for name in nodes}
    for name, above in parents.items():
        for parent in above:
            children[parent].append(name)
    # What dbt saw called while it parsed is noted; the branch of `arrived` was not taken then.
    nodes["model.shop.other"]["raw_code"] += (
        " {% if is_incremental() %}{{ arrived('a') }}{% endif %}"
    )
    macros = {
        name: {
            "name": name.rsplit(".", 1)[1],
            "macro_sql": code,
            "package_name": "shop",
            "depends_on": {"macros": []},
        }
        for name, code in (
            (MACRO, "round(1)"),
            (LATER, "{% if execute %}{{ standing ('b') }}{% endif %}"),
            (DEEP, "not _deleted"),
        )
    }
    return {
        "nodes": nodes,
        "parent_map": parents,
        "child_map": children,
        "macros": macros,
    }


def versions(changed: dict[str, Any], settings: str = "") -> dict[str, ModelVersion]:
    return {each.model: each for each in model_versions(changed, settings)}


def moved(changed: dict[str, Any], settings: str = "") -> set[str]:
    before, after = versions(manifest()), versions(changed, settings)
    return {name for name in before if before[name].version != after[name].version}


def test_only_tables_of_groups_have_a_version() -> None:
    assert versions(manifest()).keys() == {"delta", "fact", "report", "other"}


def test_ancestors_are_found_through_views() -> None:
    found = versions(manifest())
    assert found["report"].ancestors == ("delta", "fact")
    assert found["delta"].ancestors == ()


def test_a_delta_knows_its_readers() -> None:
    found = versions(manifest())
    assert found["delta"].readers == ("marts.fact",)
    assert found["fact"].readers == ()


def test_a_seed_moves_what_stands_on_it() -> None:
    changed = manifest()
    changed["nodes"]["seed.shop.rules"]["checksum"]["checksum"] = "b"
    assert moved(changed) == {"delta", "fact", "report"}


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("view", {"delta", "fact", "report"}),
        # A reader that is made whole must find its delta whole.
        ("fact", {"delta", "fact", "report"}),
        ("report", {"report"}),
        ("other", {"other"}),
    ],
)
def test_code_moves_what_stands_on_it(name: str, expected: set[str]) -> None:
    changed = manifest()
    changed["nodes"][f"model.shop.{name}"]["raw_code"] += " -- otherwise"
    assert moved(changed) == expected


def test_a_macro_counts_where_it_is_called() -> None:
    changed = manifest()
    changed["macros"][MACRO]["macro_sql"] = "trunc()"
    assert moved(changed) == {"delta", "fact", "report"}


@pytest.mark.parametrize("macro", [LATER, DEEP])
def test_a_macro_of_the_incremental_branch_counts(macro: str) -> None:
    changed = manifest()
    changed["macros"][macro]["macro_sql"] += " -- otherwise"
    assert moved(changed) == {"other"}


def test_settings_count_where_a_variable_is_read() -> None:
    assert moved(manifest(), "Asia/Yekaterinburg") == set()
    read = manifest()
    read["nodes"]["model.shop.report"]["raw_code"] = "{{ var('local_timezone') }}"
    before, after = versions(read, "Europe/Moscow"), versions(read, "Asia/Yekaterinburg")
    assert {name for name in before if before[name] != after[name]} == {"report"}


def test_words_about_a_model_count_for_nothing() -> None:
    changed = copy.deepcopy(manifest())
    for each in changed["nodes"].values():
        each["description"] = "told better"
        each["config"]["meta"] = {"owner": "somebody else"}
    assert moved(changed) == set()


@pytest.mark.parametrize(
    "change",
    [
        lambda project: (project / "models/customers/profile.sql").unlink(),
        lambda project: (project / "models/customers/alias.sql").rename(project / "models/a.sql"),
        lambda project: (project / "macros/kopecks.sql").write_text("trunc()"),
        lambda project: (project / "dbt_project.yml").write_text("name: other"),
    ],
    ids=["deleted", "moved", "edited", "variables"],
)
def test_any_change_makes_a_manifest_stale(
    tmp_path: Path, change: Callable[[Path], object]
) -> None:
    for name in (
        *("dbt_project.yml", "macros/kopecks.sql", "models/totals.sql", "target/manifest.json"),
        *("models/customers/profile.sql", "models/customers/alias.sql"),
    ):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("")
    manifest = tmp_path / "target/manifest.json"
    parsed = max(path.stat().st_mtime for path in tmp_path.rglob("*"))
    for path in tmp_path.rglob("*"):
        os.utime(path, (parsed - 60, parsed - 60))
    os.utime(manifest, (parsed - 30, parsed - 30))
    assert is_younger(manifest, tmp_path)
    change(tmp_path)
    assert not is_younger(manifest, tmp_path)
    manifest.unlink()
    assert not is_younger(manifest, tmp_path)
