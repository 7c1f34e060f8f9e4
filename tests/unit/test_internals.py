"""What is used of Dagster and dbt beyond their documents: in one file each, of known versions."""

import ast
import sys
from importlib import metadata
from pathlib import Path

import pytest
from packaging.specifiers import SpecifierSet

from omni_pipeline.dbt import connections
from omni_pipeline.instance import internals

PACKAGE = Path(__file__).resolve().parents[2] / "omni_pipeline"
FILES = {"dagster": "instance/internals.py", "dbt": "dbt/connections.py"}
TESTED = {**internals.TESTED, **connections.TESTED}
DOCUMENTED = {
    "dagster_postgres.utils",
    "dagster_webserver.app",
    "dagster_dbt.errors",
    "dbt.cli.main",
}


def unknown(installed: dict[str, str]) -> list[str]:
    """Packages whose version nobody has tried these files with."""
    return [
        name for name, version in installed.items() if version not in SpecifierSet(TESTED[name])
    ]


def test_the_installed_versions_are_known() -> None:
    found = unknown({name: metadata.version(name) for name in TESTED})
    assert not found, f"{found}: look at every name in {FILES}, run `make test`, then widen TESTED"


@pytest.mark.parametrize("name", TESTED)
def test_an_unknown_version_is_noticed(name: str) -> None:
    major, minor, *_ = metadata.version(name).split(".")
    assert unknown({name: f"{major}.{int(minor) + 1}.0"}) == [name]


def test_nothing_else_imports_what_is_undocumented() -> None:
    """A private module of Dagster, or any module of dbt but its command."""
    found = []
    for path in sorted(PACKAGE.rglob("*.py")):
        inside = str(path.relative_to(PACKAGE))
        for node in ast.walk(ast.parse(path.read_text())):
            if not isinstance(node, ast.Import | ast.ImportFrom):
                continue
            names = [alias.name for alias in node.names]
            if isinstance(node, ast.ImportFrom):
                names = [node.module or ""]
            for name in names:
                library = name.split("_")[0].split(".")[0]
                private = library in FILES and "." in name and name not in DOCUMENTED
                if private and inside != FILES[library]:
                    found.append(f"{inside}:{node.lineno} imports {name}")
    assert not found, f"import them in {FILES} alone: {found}"


def _root(node: ast.Import | ast.ImportFrom, alias: ast.alias) -> str:
    name = node.module if isinstance(node, ast.ImportFrom) else alias.name
    return (name or "").split(".")[0]


def test_nobody_sets_attributes_of_a_library() -> None:
    """Of a module or class that was imported; ruff's SLF001 has private ones of objects."""
    found = []
    for path in sorted(PACKAGE.rglob("*.py")):
        tree = ast.parse(path.read_text())
        imported = {
            alias.asname or alias.name.split(".")[0]
            for node in ast.walk(tree)
            if isinstance(node, ast.Import | ast.ImportFrom)
            for alias in node.names
            if _root(node, alias) not in sys.stdlib_module_names
        }
        for node in ast.walk(tree):
            if not isinstance(node, ast.Assign | ast.AugAssign | ast.AnnAssign):
                continue
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            for target in targets:
                while isinstance(inner := getattr(target, "value", None), ast.Attribute):
                    target = inner
                owner = target.value if isinstance(target, ast.Attribute) else None
                if isinstance(owner, ast.Name) and owner.id in imported:
                    found.append(f"{path.relative_to(PACKAGE)}:{node.lineno}")
    allowed = [place for place in found if place.split(":")[0] in FILES.values()]
    assert found == allowed, f"use a hook, or say in {FILES} why there is none: {found}"
    assert allowed, "the one of dbt's connections is found"
