"""Settings as an object: what is set, what is made of it, and when the environment becomes it."""

import os

import pytest

from omni_pipeline.errors import ConfigurationError
from omni_pipeline.settings import EMBEDDED_PORT, WAREHOUSE, Settings, current, take


def test_an_empty_variable_is_not_set() -> None:
    settings = Settings({WAREHOUSE: "", EMBEDDED_PORT: "5433"})
    assert settings.warehouse_url is None
    assert settings.get(WAREHOUSE, "another") == "another"
    assert settings.embedded_port == 5433
    with pytest.raises(ConfigurationError, match=f"^{WAREHOUSE}: is not set$"):
        settings.required(WAREHOUSE)


def test_changed_settings_leave_the_others_and_the_process_alone() -> None:
    before = dict(os.environ)
    settings = Settings({"A": "1", "B": "2"})
    changed = settings.changed({"A": "3", "C": "4"}, without=["B", "Z"])
    assert changed.variables == {"A": "3", "C": "4"}
    assert settings.variables == {"A": "1", "B": "2"}
    assert dict(os.environ) == before


def test_no_value_is_shown() -> None:
    assert "hidden" not in repr(Settings({"CRM_WEBHOOK_URL": "https://hidden.example"}))


def test_exported_settings_are_those_of_the_process(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("OMNI_GONE", "OMNI_NEW"):
        monkeypatch.setenv(name, "before")  # put back afterwards
    current().changed({"OMNI_NEW": "1"}, without=["OMNI_GONE"]).export()
    assert "OMNI_GONE" not in os.environ
    assert current().get("OMNI_NEW") == "1"


def test_what_is_taken_no_child_inherits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMNI_UI_TOKEN", "secret")
    assert (take("OMNI_UI_TOKEN"), take("OMNI_UI_TOKEN")) == ("secret", "")
