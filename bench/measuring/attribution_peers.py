"""Runs one peer in the environment of peers.lock: `mam FILE` or `channel_attribution FILE`.

FILE is a CSV without a header. mam builds its paths itself, of one row per touch: customer, moment,
channel, whether he bought, worth of his conversion (on his last touch). channel_attribution takes
one row per journey: channels joined by >, whether it converted, revenue.
Prints one JSON object: CPU and wall seconds of each step, and what each model gives to each
channel. Imports nothing of the project.
"""

import contextlib
import json
import resource
import sys
import time
from collections.abc import Iterator
from importlib.metadata import version
from typing import Any

told: dict[str, Any] = {"cpu": {}, "wall": {}, "credit": {}}


@contextlib.contextmanager
def step(name: str) -> Iterator[None]:
    """Time one step; threads of the process count."""
    wall, cpu = time.perf_counter(), time.process_time()
    yield
    told["wall"][name] = time.perf_counter() - wall
    told["cpu"][name] = time.process_time() - cpu


def mam(file: str) -> None:
    """Loading, path building and all models of marketing-attribution-models, in memory."""
    import polars as pl
    from mam import MAM

    with step("load and build paths"):
        touches = pl.read_csv(
            file,
            has_header=False,
            schema={
                "customer": pl.Int64,
                "at": pl.Datetime,
                "channel": pl.String,
                "bought": pl.Boolean,
                "worth": pl.Float64,
            },
        )
        journeys = MAM(
            touches,
            format_type="session",
            channels_colname="channel",
            journey_with_conv_colname="bought",
            datetime_colname="at",
            user_id_colname="customer",
            conversion_value_colname="worth",
        )
    models = {
        "first": journeys.run_first_click,
        "last": journeys.run_last_click,
        "linear": journeys.run_linear,
        "position": journeys.run_position_based,
        "time_decay": journeys.run_time_decay,
        "markov_1": journeys.run_markov,
        "shapley": lambda: journeys.run_shapley(max_size=4),
    }
    for name, run in models.items():
        with step(name):
            frame = run().to_polars()
        channel = frame.columns[0]
        told["credit"][name] = {
            str(row[channel]): row["attribution"] for row in frame.iter_rows(named=True)
        }


def channel_attribution(file: str) -> None:
    """Markov of order 1 to 3 by ChannelAttribution with its defaults: simulated, to 5 %."""
    import pandas as pd
    import polars as pl

    with contextlib.redirect_stdout(sys.stderr):
        from ChannelAttribution import markov_model
    with step("load and group paths"):
        schema = {"path": pl.String, "bought": pl.Boolean, "worth": pl.Float64}
        paths = (
            pl.scan_csv(file, has_header=False, schema=schema)
            .group_by("path")
            .agg(
                pl.col("bought").sum().alias("conversions"),
                (~pl.col("bought")).sum().alias("nothing"),
                pl.col("worth").sum(),
            )
            .sort("path")  # or the simulation would differ from run to run
            .collect()
        )
        data = pd.DataFrame({name: paths[name].to_list() for name in paths.columns})
    for order in (1, 2, 3):
        with contextlib.redirect_stdout(sys.stderr), step(f"markov_{order}"):
            result = markov_model(
                data,
                "path",
                "conversions",
                var_value="worth",
                var_null="nothing",
                order=order,
                sep=">",
                seed=1,
                verbose=False,
                flg_pro=False,
            )
        frame = result if isinstance(result, pd.DataFrame) else result[0]
        for suffix, column in (("", "total_conversions"), ("_revenue", "total_conversion_value")):
            told["credit"][f"markov_{order}{suffix}"] = dict(
                zip(frame["channel_name"], frame[column].astype(float), strict=True)
            )


if __name__ == "__main__":
    peer, path = sys.argv[1:]
    {"mam": mam, "channel_attribution": channel_attribution}[peer](path)
    packages = {"mam": "marketing-attribution-models", "channel_attribution": "channelattribution"}
    told["version"] = version(packages[peer])
    told["peak_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps(told))
