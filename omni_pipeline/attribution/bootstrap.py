"""Intervals by resampling hash buckets of customers.

A replicate draws B buckets out of B with replacement, so that all paths of a customer stay
together. The same draws serve every model: models can be compared replicate by replicate.
"""

from dataclasses import dataclass

import numpy as np

from omni_pipeline.attribution.inputs import Floats

LEVELS = (0.05, 0.50, 0.95)


def bucket_weights(buckets: int, replicates: int, seed: int) -> Floats:
    """How often each bucket is drawn; replicates x buckets, each row sums to `buckets`."""
    draws = np.random.default_rng(seed).multinomial(
        buckets, np.full(buckets, 1.0 / buckets), size=replicates
    )
    return draws.astype(float)


@dataclass(frozen=True)
class Interval:
    """Quantiles of a share over the replicates, one value per channel."""

    p5: Floats
    p50: Floats
    p95: Floats


def interval(replicated: Floats) -> Interval:
    """Percentile interval; `replicated` is replicates x channels."""
    low, middle, high = np.quantile(replicated, LEVELS, axis=0)
    return Interval(low, middle, high)
