"""A source that is complete has no faults; one that lacks any of its files is told which.

`tests/fixtures/sixth_source` is everything that a new source adds, in the places where it goes;
`tests/integration/test_sixth_source.py` runs it.
"""

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from omni_pipeline import sources
from tests.unit.source_rules import faults

REPOSITORY = Path(__file__).resolve().parents[2]
SIXTH = REPOSITORY / "tests" / "fixtures" / "sixth_source"
NAME = "web_chat"
FILES = sorted(str(path.relative_to(SIXTH)) for path in SIXTH.rglob("*.*") if path.suffix != ".pyc")


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The folders of the new source alone, among those of the pipeline for Python."""
    shutil.copytree(SIXTH, tmp_path, dirs_exist_ok=True)
    folder = str(tmp_path / "omni_pipeline" / "sources")
    monkeypatch.setattr(sources, "__path__", [*sources.__path__, folder])
    yield tmp_path
    for name in [name for name in sys.modules if name.startswith(f"omni_pipeline.sources.{NAME}")]:
        del sys.modules[name]
    vars(sources).pop(NAME, None)


def test_a_source_with_all_its_files_is_complete(project: Path) -> None:
    assert NAME in sources.source_names()
    assert faults(project, NAME) == []


@pytest.mark.parametrize("file", FILES)
def test_a_file_left_out_is_named(project: Path, file: str) -> None:
    (project / file).unlink()
    found = faults(project, NAME)
    assert found, f"nothing says that {file} is missing"
    assert any(file in sentence for sentence in found), found
