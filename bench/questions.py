"""How long a dashboard waits: one question to each mart, with its filters, on 1,000,000 touches.

The base is that of hourly.py, built whole. Every question is in measuring/questions.sql: a month,
a brand, a channel, as the BI tool of an analyst asks. Each is asked five times, warm. Printed
are the median seconds (target 1), the pages asked for, and the seconds over those of the peer: one
plain aggregate of marts.fct_touch, which is what the answer would cost without a mart.

    python bench/questions.py            1,000,000 touches
    python bench/questions.py --quick       10,000 touches
    python bench/questions.py --plans    the plan of each question as well

`--home FOLDER` keeps server and base there, as hourly.py does, and uses them again. The last line
is one JSON object.
"""

import argparse
import json
import os
import re
from pathlib import Path
from statistics import median
from typing import Any

import psycopg
from hourly import Base
from measuring.server import serving

QUESTIONS = Path(__file__).with_name("measuring") / "questions.sql"
PEER = (
    "select channel, count(*), count(distinct customer_uuid) from marts.fct_touch group by channel"
)
TIMES = 5
_QUESTION = re.compile(r"^-- (?P<mart>\w+): (?P<asks>[^\n]+)\n(?P<sql>.+?);\n", re.S | re.M)


def questions() -> list[tuple[str, str, str]]:
    """Mart, what is asked, SQL."""
    found = [m.group("mart", "asks", "sql") for m in _QUESTION.finditer(QUESTIONS.read_text())]
    return [(mart, asks, sql) for mart, asks, sql in found]


def asked(connection: psycopg.Connection[Any], sql: str) -> tuple[float, int, list[str]]:
    """Median seconds of TIMES executions after one that warms, pages asked for, and the plan."""
    explain = "explain (analyze, buffers, format json) "
    plans = []
    for _ in range(TIMES + 1):
        row = connection.execute(explain + sql).fetchone()
        assert row is not None
        plans.append(row[0][0])
    text = connection.execute("explain (analyze, buffers, costs off, timing off) " + sql)
    seconds = median(plan["Planning Time"] + plan["Execution Time"] for plan in plans[1:]) / 1000
    top = plans[-1]["Plan"]
    pages = top["Shared Hit Blocks"] + top["Shared Read Blocks"]
    return seconds, pages, [line for (line,) in text.fetchall()]


def measure(base: Base, plans: bool) -> dict[str, Any]:
    """All questions, each told on a line."""
    run = base.connection
    run.execute("set default_transaction_read_only = on")
    peer, pages, _ = asked(run, PEER)
    print(f"{'peer: ' + PEER[:52]:64}{peer:9.3f} s{pages:12,} pages")
    spent: dict[str, float] = {}
    for mart, asks, sql in questions():
        seconds, pages, plan = asked(run, sql)
        spent[mart] = max(seconds, spent.get(mart, 0.0))
        print(f"{mart + ': ' + asks:64}{seconds:9.3f} s{pages:12,} pages{seconds / peer:8.2f}")
        if plans:
            print("    " + "\n    ".join(plan))
    slow = {mart: round(seconds, 2) for mart, seconds in spent.items() if seconds > 1}
    return {
        "bench": "questions",
        "touches": base.touches,
        "marts": len(spent),
        "slowest_seconds": round(max(spent.values()), 3),
        "slowest_to_peer": round(max(spent.values()) / peer, 2),
        "over_a_second": slow,
        "load": round(os.getloadavg()[0], 1),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=str(__doc__).splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="10,000 touches")
    parser.add_argument("--plans", action="store_true", help="the plan of each question")
    parser.add_argument("--home", type=Path, help="folder of the server and bases to keep")
    call = parser.parse_args()
    with serving(call.home) as (server, backends):
        base = Base(server, backends, 10_000 if call.quick else 10**6)
        if base.made or not base.number("select count(to_regclass('marts.data_as_of')::int)"):
            base.build()
        figures = measure(base, call.plans)
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
