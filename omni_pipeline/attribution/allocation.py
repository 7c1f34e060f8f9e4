"""From effects to shares, and from shares to kopecks that add up to the total."""

from collections.abc import Sequence
from fractions import Fraction

import numpy as np

from omni_pipeline.attribution.inputs import Floats


def shares(effects: Floats, fallback: Floats | None = None) -> Floats:
    """Effects floored at zero and normalised along the last axis.

    Where no effect is positive the shares are those of `fallback`, or zero without one.
    """
    floored = np.maximum(effects, 0.0)
    total = floored.sum(axis=-1, keepdims=True)
    other = np.zeros_like(floored) if fallback is None else np.broadcast_to(fallback, floored.shape)
    return np.where(total > 0, floored / np.where(total > 0, total, 1.0), other)


def split(total: int, parts: Sequence[float]) -> list[int]:
    """Split whole kopecks in proportion to `parts` by largest remainder; the sum is exact.

    Exact for any size, the arithmetic is rational. Equal remainders go to the earlier part. A
    negative total is the mirror image of the positive one. Raises ValueError if parts are all zero.
    """
    exact = [Fraction(float(part)) for part in parts]
    whole = sum(exact)
    if whole <= 0 or min(exact) < 0:
        if total == 0:
            return [0] * len(exact)
        raise ValueError("nothing to split by: the parts are not positive")
    quotas = [abs(total) * part / whole for part in exact]
    result = [quota.__floor__() for quota in quotas]
    spare = abs(total) - sum(result)
    by_remainder = sorted(range(len(exact)), key=lambda i: (result[i] - quotas[i], i))
    for index in by_remainder[:spare]:
        result[index] += 1
    return result if total >= 0 else [-value for value in result]
