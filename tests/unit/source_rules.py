"""What a source owes to the pipeline, as sentences that name the file to write or to change.

Read from files and declarations alone: no database, no dbt, no Dagster.
"""

import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import yaml

from omni_pipeline.bronze.endpoint import ApiEndpoint, DatabaseEndpoint
from omni_pipeline.sources import source_names
from omni_pipeline.sources.catalog import tables_of
from omni_pipeline.sources.registry import rendered_by

PYTHON = ("__init__.py", "tables.py", "access.py", "assets.py")
RUNBOOK = ("System", "Access", "Cursor", "Cadence", "Quirks")
SELECTS = re.compile(r"source\(\s*'(\w+)'\s*,\s*'(\w+)'\s*\)")
# A model, another one that it needs, and what happens without.
COMPANIONS = (
    ("identifiers", "written", "phones and e-mails that cannot be read would be lost silently"),
    ("order_identifiers", "order_arrivals", "an hour reads no order that it does not name"),
    ("order_people", "order_arrivals", "an hour reads no order that it does not name"),
)


def all_sources(repository: Path) -> list[str]:
    """Sources that have either folder."""
    folders = (repository / "dbt_project" / "models" / "staging").iterdir()
    return sorted({*source_names(), *(path.name for path in folders if path.is_dir())})


def endpoints(source: str) -> list[DatabaseEndpoint | ApiEndpoint]:
    """How a source is reached."""
    found: list[DatabaseEndpoint | ApiEndpoint] = import_module(
        f"omni_pipeline.sources.{source}.access"
    ).endpoints()
    return found


def faults(repository: Path, source: str) -> list[str]:
    """What is missing or wrong of a source, a sentence each."""
    staging = repository / "dbt_project" / "models" / "staging" / source
    owed = [repository / "omni_pipeline" / "sources" / source / name for name in PYTHON]
    owed += [staging / f"_{source}__{part}.yml" for part in ("sources", "models")]
    missing = [str(path.relative_to(repository)) for path in owed if not path.exists()]
    if missing:
        return [f"{path} is missing: copy it from a neighbour" for path in missing]
    return [
        *_declarations(source),
        *_raw_tables(repository, staging, source),
        *_models(repository, staging, source),
        *_variables(repository, source),
        *_fixtures(repository, source),
    ]


def _declarations(source: str) -> Iterator[str]:
    """The runbook and the name of the source."""
    runbook = import_module(f"omni_pipeline.sources.{source}").__doc__ or ""
    for part in RUNBOOK:
        if not re.search(rf"^{part}[^.]*\.", runbook, re.M):
            yield f"the docstring of sources/{source}/__init__.py has no paragraph {part}"
    for table in tables_of(source):
        if table.source != source:
            yield f"sources/{source}/tables.py: {table.name} must have source={source!r}"


def _raw_tables(repository: Path, staging: Path, source: str) -> Iterator[str]:
    """Every raw table is a dbt source and has a model that selects from it alone."""
    file = staging / f"_{source}__sources.yml"
    (declared,) = yaml.safe_load(file.read_text())["sources"]
    if not declared["name"] == declared.get("schema", declared["name"]) == f"raw_{source}":
        yield f"{file.name}: call the source and its schema raw_{source}"
    if {t["name"] for t in declared["tables"]} != {t.name for t in tables_of(source)}:
        yield f"{file.name} and sources/{source}/tables.py must list the same tables"
    bases = set()
    for path in staging.glob("*.sql"):
        read = set(SELECTS.findall(path.read_text()))
        bases |= read if len(read) == 1 else set()
    for table in tables_of(source):
        if table.address not in bases:
            yield f"{table.address} of {source}: add a staging model that selects from it alone"


def _models(repository: Path, staging: Path, source: str) -> Iterator[str]:
    """Models and their descriptions go together, and so do those that need each other."""
    file = staging / f"_{source}__models.yml"
    described = {m["name"]: m for m in yaml.safe_load(file.read_text()).get("models") or []}
    written = {path.stem for path in staging.glob("*.sql")}
    folder = staging.relative_to(repository)
    for name in sorted(described.keys() - written):
        yield f"{folder}/{name}.sql is missing, and {file.name} describes it: write it"
    for name in sorted(written - described.keys()):
        yield f"{folder}/{name}.sql: describe it in {file.name}"
    for name in sorted(written):
        if not name.startswith(f"stg_{source}__"):
            yield f"{folder}/{name}.sql: call it stg_{source}__…"
    for kind, other, why in COMPANIONS:
        needs = f"stg_{source}__{other}"
        if f"stg_{source}__{kind}" in written and needs not in written:
            yield f"{folder}/{needs}.sql is missing beside stg_{source}__{kind}: {why}"


def _variables(repository: Path, source: str) -> Iterator[str]:
    """Every variable that opens or shapes a source is explained."""
    access = repository / "omni_pipeline" / "sources" / source / "access.py"
    wanted = set(re.findall(r"\"([A-Z]+(?:_[A-Z]+)+)\"", access.read_text()))
    wanted |= set(rendered_by(source))
    for endpoint in endpoints(source):
        wanted |= {*endpoint.variables, *getattr(endpoint, "timezone_variables", ())}
    example = repository / ".env.example"
    text = example.read_text() if example.exists() else ""
    explained = re.findall(r"^#?([A-Z_]+)=", text, re.M)
    if wanted - set(explained):
        yield f".env.example does not explain {sorted(wanted - set(explained))}"


def _fixtures(repository: Path, source: str) -> Iterator[str]:
    over_http = any(isinstance(endpoint, ApiEndpoint) for endpoint in endpoints(source))
    if (repository / "tests" / "fixtures" / source).is_dir() != over_http:
        yield (
            f"tests/fixtures/{source} holds recorded answers of an HTTP API: "
            + ("record some" if over_http else "a database needs none")
        )
