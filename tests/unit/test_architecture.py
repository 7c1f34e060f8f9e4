"""The rules of the house as assertions; each message says what to do.

Read from files and declarations alone: no database, no dbt, no Dagster.
"""

import ast
import os
import re
import subprocess
import sys
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
import yaml

from omni_pipeline.catalog import tables_of
from omni_pipeline.endpoint import ApiEndpoint, DatabaseEndpoint
from omni_pipeline.sources import source_names

REPOSITORY = Path(__file__).resolve().parents[2]
PACKAGE = REPOSITORY / "omni_pipeline"
DBT = REPOSITORY / "dbt_project"
STAGING = DBT / "models" / "staging"
RUNBOOK = ("System", "Access", "Cursor", "Cadence", "Quirks")
SECRETS = {"password", "checkword", "stored_hash", "confirm_code"}
# The shell: everything else is pure and imports no Dagster.
SHELL_NAMES = {"assets.py", "checks.py", "sensor.py", "resource.py", "partitions.py"}
SHELL = {
    "automation.py", "bronze_assets.py", "definitions.py", "hourly.py", "instance/abandoned.py",
    "instance/events.py", "instance/half_made.py", "instance/interruption.py",
    "instance/launcher.py", "instance/storage.py", "warehouse/source_checks.py", "web/server.py",
}  # fmt: skip
PURE = ["access", "client", "tables"]
PYTHON_LINES, MODEL_LINES = 300, 130
OUTSIDE = re.compile(r"(?<![\w./$-])(?:\.\./)+[\w./-]*")
MACHINE = re.compile(r"(?<![\w./])/(?:work|root|home/\w+)/")
HOSTS = re.compile(
    r"pypi\.org|pythonhosted\.org|npmjs\.(?:org|com)|docker\.io|ghcr\.io|quay\.io|hub\.getdbt\.com"
)


def _python(*folders: str) -> list[Path]:
    return sorted(path for name in folders for path in (REPOSITORY / name).rglob("*.py"))


def _models() -> list[Path]:
    return sorted((DBT / "models").rglob("*.sql"))


@cache
def _declared_models() -> dict[str, dict[str, Any]]:
    found = {}
    for path in (DBT / "models").rglob("_*.yml"):
        for model in yaml.safe_load(path.read_text()).get("models") or []:
            found[model["name"]] = model
    return found


def _without_comments(sql: str) -> str:
    return re.sub(r"--[^\n]*|\{#.*?#\}", "", sql, flags=re.S).lower()


def _endpoints(source: str) -> list[DatabaseEndpoint | ApiEndpoint]:
    found: list[DatabaseEndpoint | ApiEndpoint] = import_module(
        f"omni_pipeline.sources.{source}.access"
    ).endpoints()
    return found


def _imports(path: Path) -> list[tuple[str, bool]]:
    """Imported module names, each with whether that happens when the file is imported."""
    found = []
    tree = ast.parse(path.read_text())
    lazy = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        or (isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test))
        for inner in ast.walk(node)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found += [(alias.name, id(node) not in lazy) for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            found += [(f"{node.module}.{n.name}", id(node) not in lazy) for n in node.names]
    return found


@pytest.mark.parametrize("source", source_names())
def test_a_source_folder_is_complete(source: str) -> None:
    folder = PACKAGE / "sources" / source
    missing = [
        name for name in ("tables.py", "access.py", "assets.py") if not (folder / name).exists()
    ]
    assert not missing, f"sources/{source} lacks {missing}: copy them from a neighbour"
    runbook = import_module(f"omni_pipeline.sources.{source}").__doc__ or ""
    absent = [part for part in RUNBOOK if not re.search(rf"^{part}[^.]*\.", runbook, re.M)]
    assert not absent, f"the docstring of sources/{source}/__init__.py has no paragraph {absent}"
    strangers = [table.name for table in tables_of(source) if table.source != source]
    assert not strangers, f"sources/{source}/tables.py: {strangers} must have source={source!r}"


@pytest.mark.parametrize("source", source_names())
def test_a_source_has_its_staging(source: str) -> None:
    folder = STAGING / source
    assert folder.is_dir(), f"{source} has no dbt staging folder: make models/staging/{source}"
    file = folder / f"_{source}__sources.yml"
    assert file.exists(), f"{source}: list its raw tables in {file.relative_to(REPOSITORY)}"
    (declared,) = yaml.safe_load(file.read_text())["sources"]
    assert declared["name"] == declared.get("schema", declared["name"]) == f"raw_{source}"
    assert {table["name"] for table in declared["tables"]} == {
        table.name for table in tables_of(source)
    }, f"{file.name} and sources/{source}/tables.py must list the same tables"
    pattern = re.compile(r"source\(\s*'(\w+)'\s*,\s*'(\w+)'\s*\)")
    bases = set()
    for path in _models():
        read = set(pattern.findall(path.read_text()))
        if path.parent == folder:
            assert path.name.startswith(f"stg_{source}__"), f"call {path.name} stg_{source}__…"
            bases |= read if len(read) == 1 else set()
        else:
            assert f"raw_{source}" not in dict(read), f"{path.name}: read staging, not raw_{source}"
    bare = [table.name for table in tables_of(source) if table.address not in bases]
    assert not bare, f"{bare} of {source}: add a staging model that selects from it alone"


def test_staging_folders_are_sources() -> None:
    folders = {path.name for path in STAGING.iterdir() if path.is_dir()}
    assert folders == set(source_names()), "staging folders and source folders share their names"


@pytest.mark.parametrize("source", source_names())
def test_the_variables_of_a_source_are_explained(source: str) -> None:
    access = (PACKAGE / "sources" / source / "access.py").read_text()
    wanted = set(re.findall(r"\"([A-Z]+(?:_[A-Z]+)+)\"", access))
    for endpoint in _endpoints(source):
        wanted |= {*endpoint.variables, *getattr(endpoint, "timezone_variables", ())}
    example = re.findall(r"^#?([A-Z_]+)=", (REPOSITORY / ".env.example").read_text(), re.M)
    missing = sorted(wanted - set(example))
    assert not missing, f".env.example does not explain {missing}: add each with a sentence"
    assert len(example) == len(set(example)), ".env.example names a variable twice"


@pytest.mark.parametrize("source", source_names())
def test_fixtures_belong_to_sources_with_a_protocol(source: str) -> None:
    over_http = any(isinstance(endpoint, ApiEndpoint) for endpoint in _endpoints(source))
    folder = REPOSITORY / "tests" / "fixtures" / source
    assert folder.is_dir() == over_http, (
        f"tests/fixtures/{source} holds recorded answers of an HTTP API: "
        + ("record some" if over_http else "a database needs none")
    )


def test_secrets_are_in_no_bronze_table() -> None:
    for source in source_names():
        for table in tables_of(source):
            named = {column.lower() for column in table.stored_columns}
            named |= {alias.lower() for names in table.aliases.values() for alias in names}
            assert not named & SECRETS, f"{table.address}: never declare {named & SECRETS}"


def test_only_the_shell_imports_dagster() -> None:
    for path in _python("omni_pipeline"):
        inside = str(path.relative_to(PACKAGE))
        if path.name in SHELL_NAMES or inside in SHELL:
            continue
        shells = [name for name, _ in _imports(path) if name.startswith("dagster")]
        if inside == "sources/__init__.py":  # merges the shells; its import is for types alone
            shells = [name for name, now in _imports(path) if now and name.startswith("dagster")]
        assert not shells, f"{inside} imports {shells}: put the shell into assets.py or sensor.py"


def test_pure_modules_load_without_dagster() -> None:
    names = ["cli", "database", "doctor", "ingest", "landing", "local", "loyalty.reconcile"]
    names += ["summary", "values"]
    for source in source_names():
        folder = PACKAGE / "sources" / source
        names += [f"sources.{source}.{part}" for part in PURE if (folder / f"{part}.py").exists()]
    program = (
        "import importlib, sys\n"
        f"for name in {[*names, 'sandbox']!r}:\n"
        "    assert 'omni_pipeline.sandbox' not in sys.modules, 'who imports the sandbox?'\n"
        "    importlib.import_module('omni_pipeline.' + name)\n"
        "    assert 'dagster' not in sys.modules, name + ' imports dagster, directly or not'\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_production_does_not_know_the_sandbox() -> None:
    for path in _python("omni_pipeline"):
        inside = str(path.relative_to(PACKAGE))
        if inside.startswith("sandbox/") or inside == "demo.py":
            continue
        known = [
            (name, at_import)
            for name, at_import in _imports(path)
            if name.startswith(("omni_pipeline.sandbox", "omni_pipeline.demo"))
        ]
        if inside in ("cli/running.py", "cli/shop.py", "dev.py"):
            assert not any(at_import for _, at_import in known), f"{inside}: import it in functions"
        else:
            assert not known, f"{inside} imports {known[0][0]}: production never needs the sandbox"


@pytest.mark.parametrize("path", _models(), ids=lambda path: path.stem)
def test_a_model_is_described_and_distributable(path: Path) -> None:
    model = _declared_models().get(path.stem)
    assert model, f"{path.name} is in no _*__models.yml beside it"
    assert str(model.get("description", "")).strip(), f"{path.stem}: describe its grain"
    text, sql = path.read_text(), _without_comments(path.read_text())
    view = bool(re.search(r"materialized\s*=\s*'(?:view|ephemeral)'", text))
    if path.is_relative_to(DBT / "models" / "staging"):
        view = view or not re.search(r"materialized\s*=", text)
    assert view or re.search(r"distributed_by\s*=\s*'\w+'", text), (
        f"{path.name}: name its key, config(distributed_by='…'), or 'reference' for small tables"
    )
    for banned in ("with recursive", "grouping sets", "incremental_strategy='merge'", "merge into"):
        assert banned not in sql, f"{path.name}: {banned!r} does not run on a distributed server"


def test_described_models_exist() -> None:
    gone = set(_declared_models()) - {path.stem for path in _models()}
    assert not gone, f"remove {sorted(gone)} from the _*__models.yml files"


def test_dbt_needs_no_download() -> None:
    found = [name for name in ("packages.yml", "dependencies.yml") if (DBT / name).exists()]
    assert not found, f"{found} would be fetched at run time: write the macro yourself"


def test_files_stay_short() -> None:
    long = [(path, PYTHON_LINES) for path in _python("omni_pipeline", "tests", "bench")]
    long += [(path, MODEL_LINES) for path in _models()]
    lengths = [
        f"{path.relative_to(REPOSITORY)} has {lines} lines of at most {limit}"
        for path, limit in long
        if (lines := path.read_text().count("\n")) > limit
    ]
    assert not lengths, f"split {'; '.join(lengths)}"


def test_tracked_files_speak_of_nothing_outside() -> None:
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=REPOSITORY,
        capture_output=True,
    )
    if listed.returncode:
        pytest.skip("no git checkout: which files are tracked is unknown")
    for name in filter(None, listed.stdout.decode().split("\0")):
        path = REPOSITORY / name
        content = path.read_bytes() if path.is_file() else b"\0"
        if b"\0" in content:
            continue
        text = content.decode()
        for match in OUTSIDE.findall(text):
            target = Path(os.path.normpath(path.parent / match))
            inside = target.is_relative_to(REPOSITORY)
            assert inside, f"{name} mentions {match!r}, which is outside the repository"
        for what, pattern in (("path", MACHINE), ("registry host", HOSTS)):
            found = pattern.search(text)
            assert not found, (
                f"{name} mentions the {what} {found and found.group()!r}: leave it out"
            )
