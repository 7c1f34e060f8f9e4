"""A part of the real dbt project, cut out by what its models read: a run takes two seconds."""

import re
import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path

from tests.conftest import REPOSITORY

PROJECT = REPOSITORY / "dbt_project"
REF = re.compile(r"""\bref\(\s*['"](\w+)['"]\s*\)""")
CALL = re.compile(r"\b(\w+)\s*\(")
MACRO = re.compile(r"\{%-?\s*macro\s+(\w+)\s*\(.*?\{%-?\s*endmacro", re.DOTALL)


def part_of_project(
    folder: Path,
    wanted: Iterable[str],
    written: Mapping[str, str],
    checks: Iterable[str] = (),
) -> Path:
    """Write the models `wanted`, all that they read, and the data tests `checks` under `folder`.

    `written` are models of the test's own, by path below models/, in place of real ones of their
    names: what those read is left out.
    """
    own = {Path(path).stem for path in written}
    files = {file.stem: file for file in (PROJECT / "models").rglob("*.sql")}
    files |= {file.stem: file for file in (PROJECT / "seeds").glob("*.csv")}
    macros = _macros()
    tests = [PROJECT / "tests" / f"{name}.sql" for name in checks]
    queue = [*wanted, *(name for text in written.values() for name in _read(text, macros))]
    queue += [name for test in tests for name in _read(test.read_text(), macros)]
    copied: set[str] = set()
    while queue:
        name = queue.pop()
        if name in own or name in copied:
            continue
        copied.add(name)
        file = files[name]
        if file.suffix == ".sql":
            queue += _read(file.read_text(), macros)
        _copy(file, folder)
    for file in [PROJECT / "dbt_project.yml", PROJECT / "profiles.yml", *tests]:
        _copy(file, folder)
    for pattern in ("models/**/_*__sources.yml", "seeds/_*.yml"):
        for file in PROJECT.glob(pattern):
            _copy(file, folder)
    shutil.copytree(PROJECT / "macros", folder / "macros")
    shutil.copytree(PROJECT / "tests" / "generic", folder / "tests" / "generic")
    for path, text in written.items():
        place = folder / "models" / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text)
    return folder


def _copy(file: Path, folder: Path) -> None:
    place = folder / file.relative_to(PROJECT)
    place.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(file, place)


def _macros() -> dict[str, str]:
    """The text of every macro of the project, by name."""
    texts = [file.read_text() for file in (PROJECT / "macros").rglob("*.sql")]
    return {m.group(1): m.group(0) for text in texts for m in MACRO.finditer(text)}


def _read(text: str, macros: Mapping[str, str]) -> set[str]:
    """What a model names, itself or by the macros it calls."""
    found, seen, queue = set(REF.findall(text)), set(), [text]
    while queue:
        for call in CALL.findall(queue.pop()):
            if call in macros and call not in seen:
                seen.add(call)
                found |= set(REF.findall(macros[call]))
                queue.append(macros[call])
    return found
