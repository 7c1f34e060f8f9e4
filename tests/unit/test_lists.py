"""The seed of search engines and social networks: how it is made, and that it is what was made."""

import csv
import importlib.util
import re
from pathlib import Path
from types import ModuleType

import pytest
import yaml

from tests.conftest import REPOSITORY

SEEDS = REPOSITORY / "dbt_project" / "seeds"
MACROS = REPOSITORY / "dbt_project" / "macros"
ENGINES = """
Findall:
  - urls: [www.findall.example, 'findall.{}', findall.example/maps, 'a.{}.findall.example']
    params: [q]
Findall Images:
  - urls: ['{}.images.findall.example']
    params: [q]
Meet:
  - urls: [meet.example, www.cnn.com]
    params: [q]
"""
NETWORKS = "Meet%2B:\n  - meet.example \n  - com.meet.app\n"


@pytest.fixture(scope="module")
def lists() -> ModuleType:
    spec = importlib.util.spec_from_file_location("lists", REPOSITORY / "scripts" / "lists.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def rows(seed: str) -> list[dict[str, str]]:
    with (SEEDS / f"{seed}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_hosts_of_the_list_become_lines(
    lists: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Pages are left out, a service is named after its engine, a network is no search engine."""
    folder = tmp_path
    (folder / "SearchEngines.yml").write_text(ENGINES)
    (folder / "Socials.yml").write_text(NETWORKS)
    monkeypatch.setattr(lists, "SEED", folder / "referrer_hosts.csv")
    lists.main(str(folder))
    assert (folder / "referrer_hosts.csv").read_text().splitlines() == [
        "name,category,source",
        "com.meet.app,social,meet+",
        "findall.example,search,findall",
        "findall.{},search,findall",
        "meet.example,social,meet+",
        "{}.images.findall.example,search,findall",
    ]


def test_the_seed_is_of_the_version_that_it_names(lists: ModuleType) -> None:
    written = rows("referrer_hosts")
    names = [row["name"] for row in written]
    assert names == sorted(set(names))
    assert len(names) > 700
    described = (SEEDS / "_journey__seeds.yml").read_text()
    assert f"version {lists.VERSION} of {lists.DATE}" in described
    assert "CC0-1.0" in described


def test_every_click_id_has_a_line() -> None:
    """The var says what to find in an address, the seed what it stands for."""
    macros = (MACROS / "urls.sql").read_text()
    variables = yaml.safe_load((MACROS.parent / "dbt_project.yml").read_text())["vars"]
    found = {name for names in variables["click_ids"].values() for name in names}
    sellers = re.search(r"roistat=\(\?:([\w|]+)\)", macros)
    assert sellers
    found |= {f"roistat_{seller}" for seller in sellers[1].split("|")}
    assert found == {row["click_id"] for row in rows("click_ids")}
    parts = re.findall(r"'(\w+)'", macros.split("set parts = [")[1].split("]")[0])
    assert [name for name in found if not any(part in name for part in parts)] == []
    ruled = {
        name
        for rule in rows("channel_rules")
        if rule["field"] == "click_id"
        for name in rule["value"].split("|")
    }
    assert found == ruled
