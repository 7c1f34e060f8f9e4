"""What a run through Dagster does after a complete dbt run."""

import json
from pathlib import Path

import psycopg

from omni_pipeline.warehouse.follows import followers
from omni_pipeline.warehouse.publication import mark_published, trim_logs


def publish(url: str, project: Path) -> None:
    """Note in a warehouse what has been described, and trim the change logs of a dbt project."""
    manifest = json.loads((project / "target" / "manifest.json").read_text())
    with psycopg.connect(url, autocommit=True) as connection:
        row = connection.execute("select up_to_seq from ops.bound").fetchone()
        assert row is not None
        mark_published(connection, int(row[0]), "")
        trim_logs(connection, followers(manifest))
