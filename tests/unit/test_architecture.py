"""The rules of the house as assertions; each message says what to do.

Read from files and declarations alone: no database, no dbt, no Dagster. What may import what is in
`test_layers.py`.
"""

import os
import re
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from omni_pipeline.sources import source_names
from omni_pipeline.sources.catalog import tables_of
from omni_pipeline.sources.registry import registered, rendered_variables
from tests.unit.source_rules import all_sources, faults

REPOSITORY = Path(__file__).resolve().parents[2]
PACKAGE = REPOSITORY / "omni_pipeline"
DBT = REPOSITORY / "dbt_project"
STAGING = DBT / "models" / "staging"
SECRETS = {"password", "checkword", "stored_hash", "confirm_code"}
LAYERS = ("staging", "identity", "facts", "marts")  # folders of models, lowest first
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


@pytest.mark.parametrize("source", all_sources(REPOSITORY))
def test_a_source_is_complete(source: str) -> None:
    assert not (found := faults(REPOSITORY, source)), "\n".join(found)


def test_only_staging_reads_raw_tables() -> None:
    for path in _models():
        read = set(re.findall(r"source\(\s*'(raw_\w+)'", path.read_text()))
        own = {f"raw_{path.parent.name}"} if path.is_relative_to(STAGING) else set()
        assert read <= own, f"{path.name}: read staging, not {sorted(read - own)}"


def test_no_two_sources_claim_the_same_place() -> None:
    told = {
        source: re.findall(
            r"(\d+)::smallint as source_priority",
            (STAGING / source / f"stg_{source}__touches.sql").read_text(),
        )
        for source in registered()["touches"]
    }
    places = [place for found in told.values() for place in found]
    assert len(places) == len(told) == len(set(places)), f"one source_priority for each: {told}"


def test_variables_that_models_render_are_declared() -> None:
    read = {
        name
        for folder in ("macros", "models", "tests", "seeds")
        for path in (DBT / folder).rglob("*.[sy]*l")
        for name in re.findall(r"env_var\(\s*['\"](\w+)", path.read_text())
    }
    declared = set(rendered_variables())
    assert read <= declared, f"name {sorted(read - declared)} in RENDERED of a source's access.py"
    assert declared <= read, f"no model reads {sorted(declared - read)}"


def test_variables_are_explained_once() -> None:
    example = re.findall(r"^#?([A-Z_]+)=", (REPOSITORY / ".env.example").read_text(), re.M)
    assert len(example) == len(set(example)), ".env.example names a variable twice"


def test_secrets_are_in_no_bronze_table() -> None:
    for source in source_names():
        for table in tables_of(source):
            named = {column.lower() for column in table.stored_columns}
            named |= {alias.lower() for names in table.aliases.values() for alias in names}
            assert not named & SECRETS, f"{table.address}: never declare {named & SECRETS}"


@pytest.mark.parametrize("path", _models(), ids=lambda path: path.stem)
def test_a_model_is_described_and_portable(path: Path) -> None:
    model = _declared_models().get(path.stem)
    assert model, f"{path.name} is in no _*__models.yml beside it"
    assert str(model.get("description", "")).strip(), f"{path.stem}: describe its grain"
    sql = _without_comments(path.read_text())
    for banned in ("with recursive", "grouping sets", "incremental_strategy='merge'", "merge into"):
        assert banned not in sql, f"{path.name}: {banned!r} does not run on a distributed server"


def test_a_layer_reads_only_lower_ones_or_its_own() -> None:
    layer_of = {path.stem: path.relative_to(DBT / "models").parts[0] for path in _models()}
    assert set(layer_of.values()) == set(LAYERS)
    upward = [
        f"{path.name} ({layer_of[path.stem]}) reads {name} ({layer_of[name]})"
        for path in _models()
        for name in re.findall(r"\bref\(\s*'(\w+)'", path.read_text())
        if name in layer_of and LAYERS.index(layer_of[name]) > LAYERS.index(layer_of[path.stem])
    ]
    assert not upward, "; ".join(upward)


def test_no_model_is_ordered_by_a_comment_or_found_by_name() -> None:
    for path in _models():
        text = path.read_text()
        assert "-- depends_on" not in text, f"{path.name}: read it or do not"
        assert "this.incorporate" not in text, f"{path.name}: follow it (macros/engine/follows.sql)"


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
