"""Rows as a client gives them, refusing none, and how many of them a landing wrote."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from omni_pipeline.bronze.landing import LandingResult
from omni_pipeline.bronze.staging import Refused


def accepted(rows: Iterable[Mapping[str, Any] | Refused]) -> Iterator[Mapping[str, Any]]:
    """The rows one by one, as the client reads on."""
    for row in rows:
        assert not isinstance(row, Refused), row
        yield row


def written(result: LandingResult | None) -> int:
    """How many versions of rows the landing added."""
    assert result is not None
    return result.rows_new + result.rows_changed + result.rows_deleted
