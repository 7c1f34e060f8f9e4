"""What attribution costs: paths, six rule models, Markov 1 to 3 and Shapley, beside peers.

On a throw-away server with its ordinary settings an invented shop is written as touches and
conversions; the project's own dbt models and Python run on it. Wall and CPU seconds by step.

    ours     steps of paths, from which fct_attribution (a row per conversion, touch and model, to
             the kopeck) is read, journeys, transitions and channel sets, then Markov 1 to 3 and
             Shapley of all time; apart from these the published mart, month by month with 200
             resamplings
    peers    marketing-attribution-models (MAM) on the same touches: loading, building paths, first,
             last, linear, position, time decay, Markov 1, Shapley of up to 4 channels; totals only.
             What these give to each touch is also exploded to rows, credit rounded to kopecks, and
             copied into an indexed table: all of them (cpu_to_mam_rows), or the five rules alone
             (cpu_to_mam_rule_rows), for Markov and Shapley give nothing to a touch here
             ChannelAttribution: Markov 1 to 3 on our journeys. Each in a process and an environment
             of its own (peers.lock, made into .venv-peers by uv); one that is missing is said so
    exact    Markov 1 to 3 of all months together, by dense solutions without each channel, beside
             ours and ChannelAttribution's; MAM's Shapley beside that of distinct sets
    change   of 1 % of the customers the touches change; the incremental models beside the whole

    python bench/attribution.py            1,000,000 conversions, 5,000,000 touches
    python bench/attribution.py --medium     100,000 conversions
    python bench/attribution.py --quick       10,000 conversions, about a minute

The last line is one JSON object; ratios below 1 mean cheaper than the peer.
"""

import argparse
import json
import os
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

import psycopg
from measuring import attribution_shop as shop
from measuring.attribution_ours import DATADRIVEN, MART, Ours, Spent
from measuring.attribution_truth import compared
from measuring.peers import run
from measuring.server import Backends, serving

from omni_pipeline.postgres import EmbeddedPostgres
from omni_pipeline.sources.catalog import ensure_all

CUSTOMERS = {"quick": 10_000, "medium": 100_000, "large": 1_000_000}
# What a customer did within the lookback, as MAM takes it: his worth stands on his last touch.
TOUCHES = """
copy (
    select customer.i, to_char(touch.at, 'YYYY-MM-DD"T"HH24:MI:SS.US'), touch.channel,
        customer.is_purchase::text,
        case when touch.at = max(touch.at) over (partition by customer.i)
            then conversion.revenue_kopecks else 0 end
    from bench.customer
    inner join marts.fct_conversion as conversion
        on customer.customer_uuid = conversion.customer_uuid
    inner join marts.fct_touch as touch on customer.customer_uuid = touch.customer_uuid
    where touch.at >= customer.at - interval '90 days'
) to stdout (format csv)
"""
JOURNEYS = """
copy (
    select array_to_string(channels, '>'), is_converted::text, revenue_kopecks
    from intermediate.int_attribution__journeys where cardinality(channels) > 0
) to stdout (format csv)
"""
VIOLATIONS = """
select count(*) from (
    select conversion.conversion_id
    from marts.fct_conversion as conversion
    cross join rules.attribution_models as model
    left join (
        select conversion_id, model_id, sum(credit_kopecks) as credit, sum(share_ppm) as ppm
        from marts.fct_attribution group by conversion_id, model_id
    ) as given
        on conversion.conversion_id = given.conversion_id and model.model_id = given.model_id
    where given.credit is distinct from conversion.revenue_kopecks or given.ppm <> 1000000
) as wrong
"""


def copy_out(connection: psycopg.Connection[Any], statement: str, file: Path) -> Path:
    """Write what a COPY sends into a file."""
    with file.open("wb") as out, connection.cursor() as cursor, cursor.copy(statement) as copy:  # type: ignore[arg-type]
        for block in copy:
            out.write(block)
    return file


def copy_in(connection: psycopg.Connection[Any], files: list[Path]) -> None:
    """What a peer gives to each touch, as a table with the index that fct_attribution had."""
    connection.execute("drop table if exists bench.mam_credit")
    connection.execute(
        "create table bench.mam_credit"
        " (conversion text, place integer, model text, channel text, credit_kopecks bigint)"
    )
    into = "copy bench.mam_credit from stdin (format csv)"
    for file in files:
        with file.open("rb") as rows, connection.cursor() as cursor, cursor.copy(into) as copy:
            while block := rows.read(1 << 16):
                copy.write(block)
    connection.execute("create unique index on bench.mam_credit (conversion, model, place)")
    connection.execute("analyze bench.mam_credit")


def mam_rows(ours: Ours, spent: Spent, folder: Path, cpu: float) -> dict[str, float]:
    """What MAM costs with its rows in a table, and `cpu` seconds of ours beside it."""
    rules, others = (folder / f"mam.csv.{kind}" for kind in ("rules", "datadriven"))
    figures = {}
    for name, files, without in (
        ("rule_rows", [rules], "rows of datadriven"),
        ("rows", [rules, others], ""),
    ):
        wall, copied = ours.timed(partial(copy_in, ours.connection, files))
        print(f"  {f'MAM: {name} copied into a table':38}{wall:9.1f}{copied:9.1f}")
        whole = spent.without(without).cpu_seconds + copied
        figures[f"mam_{name}_cpu"] = round(whole, 1)
        figures[f"cpu_to_mam_{name}"] = round(cpu / whole, 2)
    return figures


def told(what: str, spent: Spent) -> None:
    """A table of the steps."""
    print(f"{what} (load {os.getloadavg()[0]:.1f})\n  {'step':38}{'wall s':>9}{'CPU s':>9}")
    for name in spent.wall:
        print(f"  {name:38}{spent.wall[name]:9.1f}{spent.cpu[name]:9.1f}")
    print(f"  {'all':38}{spent.wall_seconds:9.1f}{spent.cpu_seconds:9.1f}", flush=True)


def changes(ours: Ours, rounds: int) -> list[Spent]:
    """Rounds of 1 % of the customers each, through the incremental models."""
    spent = []
    for turn in range(1, rounds + 1):
        versions = shop.change(ours.connection, turn)
        spent.append(ours.change())
        told(f"change {turn}: {versions:,} versions of touches in the log", spent[-1])
    return spent


def measure(server: EmbeddedPostgres, backends: Backends, size: str) -> dict[str, Any]:
    """All figures of one size."""
    url = server.ensure_database("attribution")
    connection = psycopg.connect(url, autocommit=True)
    ensure_all(connection)
    written = shop.fill(connection, CUSTOMERS[size])
    ours = Ours(url, connection, backends)
    ours.prepare()
    print(f"{written.touches:,} touches, {written.conversions:,} conversions", flush=True)
    whole = ours.build()
    told("ours, whole", whole)
    wall, cpu = ours.mart()
    print(f"  {MART:38}{wall:9.1f}{cpu:9.1f}")
    found = connection.execute(VIOLATIONS).fetchone()  # type: ignore[arg-type]
    assert found is not None
    print(f"  conversions x models that do not add up to the kopeck: {found[0]}")
    figures: dict[str, Any] = {
        "bench": "attribution",
        "touches": written.touches,
        "conversions": written.conversions,
        "wall": round(whole.wall_seconds, 1),
        "cpu": round(whole.cpu_seconds, 1),
        "mart_by_month_cpu": round(cpu, 1),
        "kopeck_violations": found[0],
    }
    peers: dict[str, dict[str, Any]] = {}
    for peer, statement in (("mam", TOUCHES), ("channel_attribution", JOURNEYS)):
        answer = run(peer, copy_out(connection, statement, server.home / f"{peer}.csv"))
        if answer:
            peers[peer] = answer
            spent = Spent(answer["cpu"], answer["wall"])
            told(f"{peer} {answer['version']}, {answer['peak_mb']:.0f} MB", spent)
            alone = spent.without("rows of rules").without("rows of datadriven")
            figures |= {
                f"{peer}_wall": round(alone.wall_seconds, 1),
                f"{peer}_cpu": round(alone.cpu_seconds, 1),
                f"wall_to_{peer}": round(whole.wall_seconds / alone.wall_seconds, 2),
                f"cpu_to_{peer}": round(whole.cpu_seconds / alone.cpu_seconds, 2),
            }
            if peer == "mam":
                figures |= mam_rows(ours, spent, server.home, whole.cpu_seconds)
    figures |= compared(connection, ours.shares, peers)
    connection.execute("vacuum analyze")
    partly = changes(ours, 1 if size == "quick" else 3)
    models = whole.without(DATADRIVEN)
    for kind, all_ in (("wall", models.wall), ("cpu", models.cpu)):
        some = median(sum(getattr(s.without(DATADRIVEN), kind).values()) for s in partly)
        figures[f"change_{kind}"] = round(some, 2)
        figures[f"change_{kind}_to_whole"] = round(some / sum(all_.values()), 3)
    figures["load"] = round(os.getloadavg()[0], 1)
    return figures


def main() -> None:
    parser = argparse.ArgumentParser(description=str(__doc__).splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="10,000 conversions")
    parser.add_argument("--medium", action="store_true", help="100,000 conversions")
    call = parser.parse_args()
    with serving() as (server, backends):
        size = "quick" if call.quick else "medium" if call.medium else "large"
        figures = measure(server, backends, size)
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
