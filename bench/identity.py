"""What stitching costs in the database: a full build and one hour, beside scipy's components.

On a throw-away server with its ordinary settings an invented shop is written as observations; then
the project's own dbt models run on it. Measured in CPU seconds of the server's backends:

    full   the components of all accepted edges (int_identity__accepted_edges to __components),
           peer: COPY the same edges out, scipy's connected_components, COPY the labels in, with the
           peer's client CPU added; labels are compared and must be equal
    hour   20,000 new rows with 5,000 new edges, 12 phones of which cross their limit, through the
           incremental models, on the whole base and on a tenth of it; afterwards every label is
           compared with scipy's on the accepted edges
    publish  what the hour changes of the customers' tables: the profiles' own columns, identifiers,
           aliases, merge log (not bl_customer_profile, which also reads touches)

    python bench/identity.py            1,000,000 identifiers (the hour also on 100,000)
    python bench/identity.py --large   10,000,000 identifiers (the hour also on 1,000,000)
    python bench/identity.py --quick      100,000 identifiers (no tenth), under a minute

The last line is one JSON object; ratios below 1 mean cheaper than the peer.
"""

import argparse
import json
import time
from statistics import median
from typing import Any

import numpy as np
import psycopg
from measuring import shop
from measuring.dbt import PROJECT, Dbt
from measuring.pairs import binary_in, binary_out, csv_in, csv_out
from measuring.server import Backends, serving
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from omni_pipeline.ops import set_bound
from omni_pipeline.postgres import EmbeddedPostgres
from omni_pipeline.sources.catalog import ensure_all
from omni_pipeline.sources.registry import rendered_variables
from omni_pipeline.warehouse.versions import project_versions, record_versions

PUBLISHED = (
    *(f"int_identity__{name}" for name in ("affected", "guard_neighbours", "heirs", "displayed")),
    "path:models/identity/customers",
)
PUBLISH = ("--select", *PUBLISHED)
IDENTITY = ("--select", "path:models/identity")
WITHOUT = (
    "--exclude",
    *(f"int_identity__{name}" for name in ("observations", "withdrawn", "people")),
    *PUBLISHED,
)
OBSERVATIONS = """
    drop schema if exists intermediate cascade;
    create schema intermediate;
    create table intermediate.int_identity__observations (
        _seq bigint, rule text, a_type text, a_value text, b_type text, b_value text,
        source_table text, source_key text, observed_at timestamptz, order_id bigint default 0
    );
    create table intermediate.int_identity__withdrawn (
        _seq bigint, order_id bigint, observed_seq bigint, rule text, a_type text, a_value text,
        b_type text, b_value text, a_id bigint, b_id bigint
    );
    create table intermediate.int_identity__people (
        node_id bigint, other_id bigint, person text, first_seq bigint
    )
"""
# As the model has them; made after the rows.
INDEXES = """
    create index on intermediate.int_identity__observations (_seq);
    create index on intermediate.int_identity__observations (a_type, a_value);
    create index on intermediate.int_identity__observations (b_type, b_value);
"""
# What a run does when all is published.
PUBLISHED_UP_TO = """
    insert into ops.watermark (model, followed, up_to)
    select 'marts', 'bronze', up_to from ops.watermark where model = 'identity'
    on conflict (model, followed) do update
    set up_to = excluded.up_to, moved_at = clock_timestamp()
"""
ACCEPTED = "select a_id, b_id from intermediate.int_identity__accepted_edges"
DISAGREE = """
    select count(*) from intermediate.int_identity__components as ours
    full outer join bench.label as theirs on ours.node_id = theirs.node_id
    where ours.component_id is distinct from theirs.component_id
"""
GUARDED = "select count(*) from intermediate.int_identity__guards"
# Models of the two measurements.
COMPONENTS = ("accepted_edges", "rebuilt", "mini_graph", "unions", "components")
JUDGING = ("blocked", "people", "contested", "holders", "guards")
STITCHING = ("nodes", "edges", "overrides", *JUDGING, *COMPONENTS, "merges")


def peer(connection: psycopg.Connection[Any], backends: Backends, binary: bool) -> float:
    """COPY out, scipy, COPY in; leaves bench.label and gives CPU seconds of both sides."""
    connection.execute("create schema if not exists bench")
    connection.execute("drop table if exists bench.label")
    copy_out, copy_in = (binary_out, binary_in) if binary else (csv_out, csv_in)
    # This thread alone: another one samples the server's memory.
    started, client = backends.cpu(), time.thread_time()
    nodes = copy_out(connection, "select node_id, 0::bigint from intermediate.int_identity__nodes")
    ids = np.sort(nodes[:, 0])
    ends = np.searchsorted(ids, copy_out(connection, ACCEPTED))
    graph = coo_array(
        (np.ones(len(ends), dtype=np.int8), (ends[:, 0], ends[:, 1])), shape=(len(ids), len(ids))
    )
    _, label = connected_components(graph, directed=False)
    # Nodes ascend, so the first of each component is its smallest.
    _, first = np.unique(label, return_index=True)
    connection.execute("create table bench.label (node_id bigint, component_id bigint)")
    copy_in(connection, np.column_stack([ids, ids[first][label]]))
    connection.execute("create unique index on bench.label (node_id)")
    connection.execute("create index on bench.label (component_id)")
    return backends.cpu() - started + time.thread_time() - client


def number(connection: psycopg.Connection[Any], query: str) -> int:
    """The one number that a query gives."""
    row = connection.execute(query).fetchone()
    assert row is not None
    return int(row[0])


def refuse_disagreement(connection: psycopg.Connection[Any], after: str) -> None:
    """End the bench when a label of the project is not the peer's: figures would be worthless."""
    wrong = number(connection, DISAGREE)
    if wrong:
        raise SystemExit(f"{after}: {wrong} labels differ from scipy's")


class Base:
    """One database with a shop of a given size, its identity built by the project's models."""

    def __init__(
        self, server: EmbeddedPostgres, backends: Backends, identifiers: int, publishes: bool
    ) -> None:
        self.backends = backends
        self.publishes = publishes
        self.url = server.ensure_database(f"identity_{identifiers}")
        self.connection = psycopg.connect(self.url, autocommit=True)
        ensure_all(self.connection)
        self.connection.execute(OBSERVATIONS)
        self.seq = shop.fill(self.connection, identifiers)
        self.connection.execute(INDEXES)
        self.connection.execute("analyze intermediate.int_identity__observations")
        set_bound(self.connection, self.seq)
        self.dbt = Dbt(self.url, backends)
        self.dbt("seed")
        self.dbt("run", "--select", "path:models/staging")
        # Without versions every hour would be a full build.
        record_versions(
            self.connection, project_versions(PROJECT, self.dbt.manifest, rendered_variables())
        )

    def build(self) -> dict[str, float]:
        """A full build; CPU seconds by model."""
        self.backends.forget_peaks()
        cpu = self.dbt("run", *IDENTITY, *WITHOUT, "--full-refresh")
        self.connection.execute("analyze")
        return cpu

    def publish(self) -> dict[str, float]:
        """The customers' tables brought up to date, not with --quick; CPU seconds by model."""
        if not self.publishes:
            return {}
        cpu = self.dbt("run", *PUBLISH)
        self.connection.execute(PUBLISHED_UP_TO)
        return cpu

    def hour(self, n: int) -> tuple[dict[str, float], dict[str, float]]:
        """One hour's rows through the incremental models and published; CPU seconds by model."""
        rows = shop.hour(self.connection, n, self.seq)
        self.seq += rows
        set_bound(self.connection, self.seq)
        guards = number(self.connection, GUARDED)
        cpu = self.dbt("run", *IDENTITY, *WITHOUT)
        crossed = number(self.connection, GUARDED) - guards
        print(f"  hour {n}: {rows:,} rows, {crossed} crossed: {told(cpu)}", flush=True)
        if published := self.publish():
            print(f"    publish: {told(published)}", flush=True)
        return cpu, published

    def hours(self, count: int) -> tuple[float, float]:
        """Median CPU seconds of `count` hours: nodes, edges, guards and components; publishing.

        The first hour warms caches and is left out when there are others.
        """
        self.publish()
        spent = [self.hour(n) for n in range(1, count + 1)]
        spent = spent[1:] or spent
        peer(self.connection, self.backends, binary=True)
        refuse_disagreement(self.connection, f"after {count} hours")
        return (
            median(of(stitching, STITCHING) for stitching, _ in spent),
            median(sum(published.values()) for _, published in spent),
        )


def of(cpu: dict[str, float], models: tuple[str, ...]) -> float:
    """CPU seconds of some models."""
    return sum(cpu.get(f"int_identity__{name}", 0.0) for name in models)


def told(cpu: dict[str, float]) -> str:
    """CPU seconds by model, in words."""
    parts = [f"{name.removeprefix('int_identity__')} {spent:.2f}" for name, spent in cpu.items()]
    return f"{sum(cpu.values()):.2f} CPU s ({', '.join(parts)})"


def measure(
    server: EmbeddedPostgres, backends: Backends, size: int, repeats: int, hours: int
) -> dict[str, Any]:
    """All figures of one size."""
    base = Base(server, backends, size, publishes=size >= 10**6)
    nodes = edges = 0
    ours, csv, binary, whole = [], [], [], []
    for n in range(1, repeats + 1):
        cpu = base.build()
        whole.append(sum(cpu.values()))
        ours.append(of(cpu, COMPONENTS))
        csv.append(peer(base.connection, backends, binary=False))
        refuse_disagreement(base.connection, "full build")
        binary.append(peer(base.connection, backends, binary=True))
        refuse_disagreement(base.connection, "full build")
        nodes = number(base.connection, "select count(*) from intermediate.int_identity__nodes")
        edges = number(base.connection, "select count(*) from intermediate.int_identity__edges")
        print(f"full {n}: {nodes:,} identifiers, {edges:,} edges: {told(cpu)}")
        print(
            f"  components {ours[-1]:.2f}, scipy by CSV {csv[-1]:.2f}, by binary COPY "
            f"{binary[-1]:.2f} CPU s; labels equal",
            flush=True,
        )
    memory = {"backend_rss_mb": backends.peak_rss_mb, "backend_own_mb": backends.peak_own_mb}
    hour, publish = base.hours(hours)
    smaller: dict[str, float] = {}
    if size >= 10**6:
        small = Base(server, backends, size // 10, publishes=True)
        small.build()
        small_hour, small_publish = small.hours(hours)
        smaller["hour_cpu_on_a_tenth"] = round(small_hour, 2)
        smaller["hour_to_hour_on_a_tenth"] = round(hour / small_hour, 2)
        smaller["publish_to_publish_on_a_tenth"] = round(publish / small_publish, 2)
    return {
        "bench": "identity",
        "identifiers": nodes,
        "edges": edges,
        "full_cpu": round(median(whole), 2),
        "components_cpu": round(median(ours), 2),
        "scipy_csv_cpu": round(median(csv), 2),
        "scipy_binary_cpu": round(median(binary), 2),
        "components_to_scipy_csv": round(median(ours) / median(csv), 2),
        "components_to_scipy_binary": round(median(ours) / median(binary), 2),
        "hour_cpu": round(hour, 2),
        "hour_to_full": round(hour / median(whole), 3),
        "publish_cpu": round(publish, 2),
        **smaller,
        **{name: round(value) for name, value in memory.items()},
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="100,000 identifiers")
    parser.add_argument("--large", action="store_true", help="10,000,000 identifiers")
    call = parser.parse_args()
    size = 100_000 if call.quick else 10_000_000 if call.large else 1_000_000
    with serving() as (server, backends):
        figures = measure(server, backends, size, 3 if size == 10**6 else 1, 2 if call.quick else 4)
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
