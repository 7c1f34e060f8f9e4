"""What the dbt tests are to Dagster, and how one that failed is told. Imports no Dagster.

A guard (`meta: {cadence: hourly}`) runs whenever dbt builds and is a check of its table. An audit
(`meta: {audit: <area>}`) reads whole tables after the nightly build and is a check of the asset
`audit/<area>`. All others run inside the nightly build; they are no checks, but fail it.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Node = Mapping[str, Any]
MOST_NAMED = 5
COMMENT = re.compile(r"(?:--[^\n]*\n)+")


def guards(manifest: Mapping[str, Any]) -> dict[str, Node]:
    """The tests that guard publication, by unique id."""
    return {
        node["unique_id"]: node
        for node in _tests(manifest)
        if node["config"]["meta"].get("cadence") == "hourly"
    }


def audits(manifest: Mapping[str, Any]) -> dict[str, list[Node]]:
    """The tests of the night's audit by area, in the order of their names."""
    found: dict[str, list[Node]] = {}
    for node in sorted(_tests(manifest), key=lambda node: str(node["name"])):
        if area := node["config"]["meta"].get("audit"):
            found.setdefault(area, []).append(node)
    return found


def about(node: Node) -> str:
    """What a test says of itself: its description, or the comment its file begins with."""
    comment = COMMENT.match(node["raw_code"])
    lines = comment.group().splitlines() if comment else []
    return node.get("description") or " ".join(line.removeprefix("--").strip() for line in lines)


@dataclass(frozen=True)
class Result:
    """How a test went, from dbt's message; `status` is pass, warn, fail or error."""

    unique_id: str
    name: str
    status: str
    rows: int

    @property
    def failed(self) -> bool:
        """Whether dbt ends with an error for it."""
        return self.status in ("fail", "error")

    def __str__(self) -> str:
        if self.status == "error":
            return f"dbt test {self.name} could not run"
        return f"dbt test {self.name} found {self.rows} rows"


def result(event: Mapping[str, Any]) -> Result | None:
    """The result that a message of dbt tells; None of any other message."""
    if event["info"]["name"] != "LogTestResult":
        return None
    data = event["data"]
    node = data["node_info"]
    return Result(
        node["unique_id"], node["node_name"], data["status"], int(data.get("num_failures") or 0)
    )


def sentence(failures: Sequence[Result]) -> str:
    """Failed tests by name, the first few of many."""
    said = [str(result) for result in failures[:MOST_NAMED]]
    more = len(failures) - len(said)
    return "; ".join([*said, f"and {more} more"] if more else said)


def _tests(manifest: Mapping[str, Any]) -> Iterator[Node]:
    return (node for node in manifest["nodes"].values() if node["resource_type"] == "test")
