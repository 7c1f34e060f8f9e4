"""What may import what: the layers of the package, the Dagster shell, the sandbox.

Read from files alone.
"""

import ast
import subprocess
import sys
from pathlib import Path

from omni_pipeline.sources import source_names

REPOSITORY = Path(__file__).resolve().parents[2]
PACKAGE = REPOSITORY / "omni_pipeline"
ROOT_FILES = 8
# Lowest first: files and folders of the package import what stands before them, and themselves.
LAYERS = (
    "errors", "settings", "redaction", "values", "instance", "api", "database", "postgres", "ops",
    "warehouse", "dashboards", "bronze", "sources", "loyalty", "identity", "attribution", "dbt",
    "automation", "definitions", "web", "sandbox", "command",
)  # fmt: skip
# The shell: everything else is pure and imports no Dagster.
SHELL_NAMES = {"assets.py", "checks.py", "sensor.py", "resource.py", "partitions.py"}
SHELL = {
    "automation.py", "command/hourly.py", "command/interruption.py", "definitions.py",
    "instance/abandoned.py", "instance/events.py", "instance/half_made.py",
    "instance/internals.py", "instance/launcher.py", "instance/located.py",
    "instance/storage.py", "web/server.py",
}  # fmt: skip
PURE = ["access", "client", "tables"]


def _modules() -> list[Path]:
    return sorted(PACKAGE.rglob("*.py"))


def _imports(path: Path) -> list[tuple[str, bool, int]]:
    """Imported names, each with whether that happens when the file is imported, and its line."""
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
            found += [(alias.name, id(node) not in lazy, node.lineno) for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            now = id(node) not in lazy
            found += [(f"{node.module}.{n.name}", now, node.lineno) for n in node.names]
    return found


def test_the_root_of_the_package_stays_small() -> None:
    files = sorted(path.name for path in PACKAGE.glob("*.py"))
    assert len(files) <= ROOT_FILES, f"{len(files)} files in omni_pipeline/: move some into folders"
    units = {path.relative_to(PACKAGE).parts[0].removesuffix(".py") for path in _modules()}
    unplaced = units - {"__init__"} ^ set(LAYERS)
    assert not unplaced, (
        f"give {unplaced} a place in LAYERS of {Path(__file__).name}, or take it out"
    )


def test_no_import_runs_upward() -> None:
    upward = []
    for path in _modules():
        inside = path.relative_to(PACKAGE)
        unit = inside.parts[0].removesuffix(".py")
        own = LAYERS.index(unit) if unit in LAYERS else -1  # __init__.py imports nothing
        for name, _, line in _imports(path):
            package, _, rest = name.partition(".")
            used = rest.partition(".")[0]
            if package == "omni_pipeline" and LAYERS.index(used) > own:
                upward.append(f"{path.relative_to(REPOSITORY)}:{line} imports {name}")
    assert not upward, f"imports run downward, as LAYERS has it: {'; '.join(upward)}"


def test_one_file_knows_the_environment() -> None:
    """Everybody else is handed `Settings`: a variable set on the way would be read by anybody."""
    found = []
    for path in _modules():
        inside = str(path.relative_to(PACKAGE))
        if inside in ("settings.py", "dbt/child.py"):  # the latter sets up the program it becomes
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Attribute) and node.attr in ("environ", "getenv", "putenv"):
                found.append(f"{inside}:{node.lineno}")
    assert not found, f"{', '.join(found)}: ask omni_pipeline.settings instead"


def test_only_the_shell_imports_dagster() -> None:
    for path in _modules():
        inside = str(path.relative_to(PACKAGE))
        if path.name in SHELL_NAMES or inside in SHELL:
            continue
        shells = [name for name, _, _ in _imports(path) if name.startswith("dagster")]
        if inside == "sources/__init__.py":  # merges the shells; its import is for types alone
            shells = [name for name, now, _ in _imports(path) if now and name.startswith("dagster")]
        assert not shells, f"{inside} imports {shells}: put the shell into assets.py or sensor.py"


def test_pure_modules_load_without_dagster() -> None:
    names = ["command.cli", "database", "command.doctor", "bronze.ingest", "command.local"]
    names += ["bronze.landing", "command.summary", "loyalty.reconcile", "values"]
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
    for path in _modules():
        inside = str(path.relative_to(PACKAGE))
        if inside.startswith("sandbox/") or inside == "command/demo.py":
            continue
        known = [
            (name, at_import)
            for name, at_import, _ in _imports(path)
            if name.startswith(("omni_pipeline.sandbox", "omni_pipeline.command.demo"))
        ]
        if inside in ("command/cli/running.py", "command/cli/shop.py", "command/dev.py"):
            assert not any(at_import for _, at_import in known), f"{inside}: import it in functions"
        else:
            assert not known, f"{inside} imports {known[0][0]}: production never needs the sandbox"
