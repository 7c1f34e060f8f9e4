"""What dbt is told of the sources, and what makes tables anew."""

import shutil
from pathlib import Path

import pytest
from dbt.cli.main import dbtRunner

from omni_pipeline.sources.registry import VARIABLE, dbt_variables, registered, rendered_variables
from omni_pipeline.warehouse.project import FOLDER
from omni_pipeline.warehouse.versions import rules_hash

SMALL = "{name: small, profile: omni}"
MODEL = 'select \'{{ sources_with("touches") | join(" ") }}\' as names'


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A dbt project in which two sources have touches and one of them identifiers."""
    for source, kinds in (("cel", ("touches", "calls")), ("bitrix", ("touches", "identifiers"))):
        folder = tmp_path / "models" / "staging" / source
        folder.mkdir(parents=True)
        for kind in kinds:
            (folder / f"stg_{source}__{kind}.sql").write_text("select 1 as a")
    (tmp_path / "dbt_project.yml").write_text(SMALL)
    return tmp_path


def test_a_source_joins_in_by_its_models(project: Path) -> None:
    told = registered(project)
    assert told["touches"] == ["bitrix", "cel"]
    assert (told["identifiers"], told["written"]) == (["bitrix"], [])


@pytest.mark.parametrize("variable", ["BITRIX_TIMEZONE", "CEL_TRUNKS", "CRM_SITE_USER_FIELD"])
def test_what_models_render_is_part_of_the_rules(
    variable: str, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(variable, raising=False)
    before = rules_hash(project, rendered_variables(project))
    monkeypatch.setenv(variable, "Asia/Omsk")
    assert rules_hash(project, rendered_variables(project)) != before


def test_the_zone_is_the_one_that_the_source_is_read_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LOYALTY_TIMEZONE", raising=False)
    monkeypatch.setenv("BITRIX_TIMEZONE", "Asia/Omsk")
    zones = registered()["time_zones"]
    assert (zones["loyalty"], zones["bitrix"], zones["esp"]) == ("Asia/Omsk", "Asia/Omsk", "UTC")


def test_plain_dbt_says_what_to_use(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (project / "macros").mkdir()
    shutil.copy(FOLDER / "macros" / "sources.sql", project / "macros")
    shutil.copy(FOLDER / "profiles.yml", project)
    (project / "models" / "names.sql").write_text(MODEL)
    monkeypatch.setenv("DBT_SEND_ANONYMOUS_USAGE_STATS", "false")
    monkeypatch.delenv(VARIABLE, raising=False)
    folders = ["--project-dir", str(project), "--profiles-dir", str(project), "--quiet"]
    said = str(dbtRunner().invoke(["parse", *folders]).exception)
    assert "OMNI_SOURCES is not set: start dbt as omni-dbt" in said
    monkeypatch.setenv(VARIABLE, dbt_variables(project)[VARIABLE])
    assert dbtRunner().invoke(["parse", *folders]).success
