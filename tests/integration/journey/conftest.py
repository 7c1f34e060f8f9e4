"""A warehouse over told facts, for the tests of what follows from them."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.journey.facts import telling
from tests.integration.journey.sales import Sales, selling
from tests.replay.runner import Replay


@pytest.fixture(scope="module")
def told(server_url: str, template_database: str) -> Iterator[Replay]:
    """One warehouse for the tests of a file."""
    folder = Path(tempfile.mkdtemp(prefix="omni-facts-"))
    with telling(server_url, template_database, folder) as replay:
        yield replay
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="package")
def market(server_url: str, template_database: str) -> Iterator[Sales]:
    """One warehouse for all stories of sales."""
    folder = Path(tempfile.mkdtemp(prefix="omni-sales-"))
    with selling(server_url, template_database, folder) as sales:
        yield sales
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def shop(market: Sales) -> Iterator[Sales]:
    """A shop that closes for good after the story."""
    yield market
    market.close_down()
