"""Margins are no guess: only the warehouse that the demo marked as its own has invented ones."""

import psycopg

from omni_pipeline.ops import mark_demo
from tests.replay.opening import replaying

SEED = ("seed", "--select", "brand_margins", "--full-refresh")


def test_only_the_demo_has_margins_that_nobody_filled_in(
    server_url: str, template_database: str
) -> None:
    with (
        replaying(server_url, template_database) as replay,
        psycopg.connect(replay.url, autocommit=True) as connection,
    ):

        def seeded() -> list[tuple[str, float]]:
            _, outcome = replay._invoke(*SEED)
            assert outcome.success, outcome.exception
            query = "select brand, margin_share::float from rules.brand_margins order by brand"
            return connection.execute(query).fetchall()

        assert seeded() == []
        mark_demo(connection)
        assert seeded() == [("main", 0.34), ("outlet", 0.22)]
        own = [{"brand": "main", "valid_from": "2026-01-01", "margin_share": "0.4"}]
        replay.edit("brand_margins", own)
        assert seeded() == [("main", 0.4)]
