"""One demo for all end-to-end tests: real PostgreSQL, HTTP, Dagster and dbt, on a small world."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from tests.command import Omni


@dataclass(frozen=True)
class Demo:
    """A home in which `omni demo` ran once, and what it printed."""

    omni: Omni
    said: str


@pytest.fixture(scope="session")
def demo() -> Iterator[Demo]:
    omni = Omni()
    try:
        yield Demo(omni, omni.done("demo", "--people", "150", "--days", "12"))
    finally:
        omni.remove()
