"""Where the partitions begin: a setting, checked, and a code server that starts all the same."""

import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pytest

from omni_pipeline.errors import ConfigurationError
from omni_pipeline.settings import SINCE
from omni_pipeline.warehouse.since import UNKNOWN, statistics_since


@pytest.mark.parametrize(
    ("text", "start"),
    [("", UNKNOWN), ("2025-03-01", datetime(2025, 3, 1, tzinfo=UTC))],
)
def test_a_day_is_read(text: str, start: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(SINCE, text)
    assert statistics_since() == start


@pytest.mark.parametrize("text", ["yesterday", "1", "01.03.2025", "2025-13-01", "1970-01-01"])
def test_what_is_no_day_is_refused(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(SINCE, text)
    with pytest.raises(ConfigurationError) as refused:
        statistics_since()
    assert refused.value.variable == SINCE
    assert str(refused.value) == f"{SINCE}: is no day such as 2026-01-31"


def test_the_hour_before_today_always_has_a_partition(monkeypatch: pytest.MonkeyPatch) -> None:
    """Just after midnight a routine run is of yesterday's last hour."""
    today = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    for ahead in (0, 1, 400):
        monkeypatch.setenv(SINCE, (today + timedelta(days=ahead)).date().isoformat())
        assert statistics_since() < today


@pytest.mark.parametrize("url", ["", "postgresql://nobody:hidden@127.0.0.1:1/none"])
def test_the_command_starts_without_a_warehouse(url: str) -> None:
    program = f"import os; print(repr(os.environ.get({SINCE!r}, '')))"
    done = subprocess.run(
        [sys.executable, "-m", "omni_pipeline.warehouse.since", sys.executable, "-c", program],
        env={**os.environ, "OMNI_DATABASE_URL": url, SINCE: ""},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == "''"
    assert "hidden" not in done.stdout + done.stderr
