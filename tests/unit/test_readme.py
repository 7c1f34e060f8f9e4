"""README.ru.md is README.md in Russian: the same headings, tables, commands and links."""

import re
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
FENCE = re.compile(r"^( *)```(\w*)\n(.*?)^ *```$", re.M | re.S)
# What is written in a code span is the same in both languages, unless it is a word for a reader.
SPAN = re.compile(r"`([^`\n]+)`")
SPOKEN = {"sources/<source>/__init__.py", "omni_pipeline/sources/<source>/tables.py"}


def text(name: str) -> str:
    return (REPOSITORY / name).read_text()


@pytest.fixture(scope="module")
def english() -> str:
    return text("README.md")


@pytest.fixture(scope="module")
def russian() -> str:
    return text("README.ru.md")


def prose(readme: str) -> str:
    return FENCE.sub("", readme)


def headings(readme: str) -> list[str]:
    return [line.split(" ")[0] for line in prose(readme).splitlines() if line.startswith("#")]


def tables(readme: str) -> list[list[int]]:
    """The number of cells in each row of each table."""
    found, rows = [], []
    for line in [*prose(readme).splitlines(), ""]:
        if line.lstrip().startswith("|"):
            rows.append(len(re.findall(r"(?<!\\)\|", re.sub(r"`[^`]*`", "", line))) - 1)
        elif rows:
            found.append(rows)
            rows = []
    return found


def commands(readme: str) -> list[tuple[str, str]]:
    """Language and content of each block, without comments, pictures and ellipses in words."""
    found = []
    for _, language, content in FENCE.findall(readme):
        lines = [re.sub(r"\s*(#|--) .*$", "", line).strip() for line in content.splitlines()]
        if "─" in content:  # the picture of the flow is drawn in the reader's language
            lines = re.findall(r"(?:marts|loyalty)\.\w+", content)
        found.append((language, "\n".join(line for line in lines if line)))
    return found


def links(readme: str) -> list[str]:
    return sorted(
        target
        for target in re.findall(r"\]\(([^)]+)\)", prose(readme))
        if target not in ("README.md", "README.ru.md")
    )


def spans(readme: str) -> set[str]:
    return {span for span in SPAN.findall(prose(readme)) if not re.search("[а-яё]", span, re.I)}


def test_headings_are_the_same(english: str, russian: str) -> None:
    assert len(headings(english)) > 5
    assert headings(russian) == headings(english)


def test_tables_have_the_same_rows_and_columns(english: str, russian: str) -> None:
    assert len(tables(english)) > 4
    assert tables(russian) == tables(english)


def test_commands_are_the_same(english: str, russian: str) -> None:
    assert len(commands(english)) > 4
    assert commands(russian) == commands(english)


def test_links_are_the_same(english: str, russian: str) -> None:
    assert links(english)
    assert links(russian) == links(english)
    for target in links(english):
        if "://" not in target:
            assert (REPOSITORY / target.split("#")[0]).exists(), f"{target} leads nowhere"


def test_names_in_code_are_the_same(english: str, russian: str) -> None:
    assert spans(english) - spans(russian) - SPOKEN == set()
    assert spans(russian) - spans(english) == set()
