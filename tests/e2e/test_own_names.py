"""A query against the shop's own tables runs in the marts as it is, guests included."""

import psycopg

from tests.e2e.conftest import Demo

# Orders by the channel of the first contact, as an analyst writes it against the shop's own tables.
FIRST_CHANNEL = """
SELECT cp.first_channel,
       COUNT(DISTINCT o.ID) AS orders,
       SUM(o.PRICE) AS revenue,
       AVG(o.PRICE) AS avg_order,
       MIN(cp.channels -> cp.first_channel ->> 'first') AS since
FROM bl_customer_profile cp
JOIN b_sale_order o ON o.USER_ID = cp.user_id
WHERE o.CANCELED = 'N' AND o.DATE_INSERT > NOW() - INTERVAL '10 years'
GROUP BY cp.first_channel
ORDER BY revenue DESC
"""


def test_a_query_against_the_shop_runs_as_it_is(demo: Demo) -> None:
    with psycopg.connect(demo.omni.url("demo"), options="-c search_path=marts") as connection:
        found = connection.execute(FIRST_CHANNEL).fetchall()
        told = connection.execute(
            "select sum(orders)::bigint from orders_by_first_channel"
        ).fetchone()
        guests = connection.execute(
            "select count(*) from b_sale_order as o inner join bl_customer_profile as cp"
            " on o.user_id = cp.user_id where o.user_id < 0"
        ).fetchone()
    assert len(found) > 3
    assert told
    assert guests
    # All but those of nobody known: guests too.
    assert sum(row[1] for row in found) == told[0]
    assert guests[0] > 0
