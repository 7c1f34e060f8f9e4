"""Runs one peer in the environment of peers.lock: `mam FILE` or `channel_attribution FILE`.

FILE is a CSV without a header. mam builds its paths itself, of one row per touch: customer, moment,
channel, whether he bought, worth of his conversion (on his last touch); what its models give to
each touch it writes to FILE.rules and FILE.datadriven. channel_attribution takes one row per
journey: channels joined by >, whether it converted, revenue.
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

RULES = ("first", "last", "linear", "position", "time_decay")
told: dict[str, Any] = {"cpu": {}, "wall": {}, "credit": {}}


@contextlib.contextmanager
def step(name: str) -> Iterator[None]:
    """Time one step; threads of the process count."""
    wall, cpu = time.perf_counter(), time.process_time()
    yield
    told["wall"][name] = told["wall"].get(name, 0) + time.perf_counter() - wall
    told["cpu"][name] = told["cpu"].get(name, 0) + time.process_time() - cpu


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
    given: dict[str, list[Any]] = {"rules": [], "datadriven": []}
    for name, run in models.items():
        with step(name):
            result = run()
            frame = result.to_polars()
        kind = "rules" if name in RULES else "datadriven"
        with step(f"rows of {kind}"):
            given[kind].append(rows(name, result.to_raw_polars()))
        channel = frame.columns[0]
        told["credit"][name] = {
            str(row[channel]): row["attribution"] for row in frame.iter_rows(named=True)
        }
    for kind, frames in given.items():
        with step(f"rows of {kind}"):
            pl.concat(frames).write_csv(f"{file}.{kind}", include_header=False)


def rows(model: str, raw: Any) -> Any:
    """A row for each touch that a model credits: conversion, place, model, channel, kopecks."""
    import polars as pl

    if "attribution_channel" in raw.columns:
        place = pl.lit(1) if model == "first" else pl.col("channels").list.len()
        value, raw = "attribution_value", raw.with_columns(place.alias("place"))
        raw = raw.drop("channels").rename({"attribution_channel": "channels"})
    elif model == "linear":
        place = pl.int_ranges(1, pl.col("journey_len") + 1)
        value, raw = "split_value", raw.with_columns(place.alias("place"))
        raw = raw.explode(["channels", "place"])
    else:
        place = pl.int_range(1, pl.len() + 1).over("journey_id")
        value, raw = "attribution_value", raw.with_columns(place.alias("place"))
    return raw.select(
        pl.col("journey_id"),
        pl.col("place").cast(pl.Int64),
        pl.lit(model).alias("model"),
        pl.col("channels").cast(pl.String),
        pl.col(value).round().cast(pl.Int64).alias("credit"),
    )


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
