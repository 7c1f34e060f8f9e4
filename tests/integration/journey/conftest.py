"""A warehouse over told facts, for the tests of what follows from them."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.journey.facts import telling
from tests.replay.runner import Replay


@pytest.fixture(scope="module")
def told(server_url: str, template_database: str) -> Iterator[Replay]:
    """One warehouse for the tests of a file."""
    folder = Path(tempfile.mkdtemp(prefix="omni-facts-"))
    with telling(server_url, template_database, folder) as replay:
        yield replay
    shutil.rmtree(folder, ignore_errors=True)
