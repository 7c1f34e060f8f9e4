"""Removal effects of an absorbing Markov chain, by linear algebra, never by simulation.

With Q the probabilities of going from state to state, r those of converting at once and
N = (I - Q)^-1, the chance of conversion is p = N r. Removing a channel loses every path that
touches it: p falls from the start s by
- order 1:  N[s,c] / N[c,c] * p[c]                (rank-one update, all channels from one inverse)
- order k:  N[s,A] N[A,A]^-1 p[A]                 (block update, A = the states containing c).
The removal effect is that fall divided by p[s]. Replacing r by the expected revenue at once gives
the revenue-weighted effect. Paths that never convert count: they lower the probabilities.

Cost, one core: 13 states (12 channels, order 1) 0.1 ms, 157 (order 2) about 5 ms. Above
DENSE_STATES the inverse costs states^3 (1,885 states, order 3: over a second), so the chain without
the channel is solved as a sparse system instead, to the same 14 digits: 12 channels at order 3 take
0.2 s, 40 channels with 33,000 states 10 s. A sparse LU does not pay: any state leads anywhere in
three steps, so its factors fill up (950,000 entries out of 20,000 at 1,885 states).
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.sparse import csr_array, eye_array
from scipy.sparse.linalg import bicgstab

from omni_pipeline.attribution.chain import Chain
from omni_pipeline.attribution.inputs import Floats

DENSE_STATES, RESOLVED_STATES = 256, 64
# Residual allowed per unit of the right side; times the mean path length it bounds the error.
RESIDUAL = 1e-14
KRYLOV_ROUNDS, MAX_SWEEPS = 6, 200_000


@dataclass(frozen=True)
class Effects:
    """Removal effects, signed where revenue is; channels along the last axis."""

    conversions: Floats
    revenue: Floats


def removal_effects(chain: Chain) -> Effects:
    """The effects with every bucket counted once."""
    if chain.states <= DENSE_STATES:
        whole, removed = _dense(chain, np.ones((1, chain.counts.shape[1])))
        return _effects(whole[0], removed[0])
    return _effects(*_sparse(chain)[:2])


def resampled_effects(chain: Chain, weights: Floats) -> tuple[Effects, Effects]:
    """`removal_effects`, and the same under each row of bucket weights (replicates x buckets).

    Chains up to RESOLVED_STATES are solved anew for every replicate. Larger ones move from the
    exact solution along its derivative by bucket weight, N[s,x] / n[x] * (p[y] - p[x]) for each
    step x to y: the same intervals to first order, without 200 further solutions.
    """
    if chain.states <= RESOLVED_STATES:
        return removal_effects(chain), _effects(*_dense(chain, weights))
    whole, removed, slope, slopes = _sparse(chain)
    moved = weights - 1.0
    again = removed + np.einsum("rb,cvb->rcv", moved, slopes, optimize=True)
    dense = chain.states <= DENSE_STATES
    estimate = removal_effects(chain) if dense else _effects(whole, removed)
    return estimate, _effects(whole + moved @ slope.T, again)


def _effects(whole: Floats, removed: Floats) -> Effects:
    """`whole` is … x 2 (conversions, revenue), `removed` the same without each channel."""
    start = whole[..., None, :]
    effects = np.where(start != 0, (start - removed) / np.where(start != 0, start, 1.0), 0.0)
    return Effects(effects[..., 0], effects[..., 1])


def _rewards(chain: Chain, counts: Floats, revenue: Floats) -> tuple[Floats, Floats]:
    """Per state: one over the steps leaving it, and conversions and revenue at the next step.

    `counts` and `revenue` are … x steps.
    """
    leaving = _by(chain.tail, counts, chain.states)
    inverse = np.zeros_like(leaving)
    np.divide(1.0, leaving, out=inverse, where=leaving > 0)
    won = _by(chain.tail, counts * chain.converts, chain.states)
    paid = _by(chain.tail, revenue, chain.states)
    return inverse, np.stack([won, paid], axis=-1) * inverse[..., None]


def _by(place: Any, amounts: Floats, places: int) -> Floats:
    """Sums of `amounts` (… x steps) by the place of each step: … x places."""
    one = csr_array((np.ones(len(place)), (place, np.arange(len(place)))), (places, len(place)))
    return np.asarray((one @ amounts.T).T)


def _dense(chain: Chain, weights: Floats) -> tuple[Floats, Floats]:
    """Expected conversions and revenue per path: of the whole chain, and without each channel.

    One solution for each row of bucket weights (replicates x buckets), all at once: an inverse of
    13 states costs 10 µs, to ask for it one at a time ten times as much.
    """
    counts, n = (chain.counts @ weights.T).T, chain.states
    inverse, rewards = _rewards(chain, counts, (chain.revenue @ weights.T).T)
    inner = chain.head >= 0
    cell = chain.tail[inner] * n + chain.head[inner]
    steps = _by(cell, counts[:, inner], n * n).reshape(-1, n, n)
    visits = np.linalg.inv(np.eye(n) - steps * inverse[..., None])
    worth = visits @ rewards
    if chain.order == 1:
        states = chain.contains.argmax(axis=0)
        fall = (visits[:, 0, states] / visits[:, states, states])[..., None] * worth[:, states]
    else:
        fall = np.zeros((len(weights), len(chain.channels), 2))
        for channel in range(len(chain.channels)):
            block = np.flatnonzero(chain.contains[:, channel])
            inside = visits[:, block[:, None], block]
            alone = np.linalg.solve(inside, worth[:, block])
            fall[:, channel] = (visits[:, :1, block] @ alone)[:, 0]
    return worth[:, 0], worth[:, :1] - fall


def _sparse(chain: Chain) -> tuple[Floats, Floats, Floats, Floats]:
    """As `_dense` at weights of one, and the derivatives of both by the weight of each bucket."""
    counts = np.asarray(chain.counts.sum(axis=1)).ravel()
    revenue = np.asarray(chain.revenue.sum(axis=1)).ravel()
    inverse, rewards = _rewards(chain, counts, revenue)
    n, inner = chain.states, chain.head >= 0
    steps = csr_array(
        ((counts * inverse[chain.tail])[inner], (chain.tail[inner], chain.head[inner])),
        shape=(n, n),
    )
    worths, slopes = [], []
    nothing = np.zeros(n, dtype=bool)
    for gone in (nothing, *chain.contains.T):
        kept = np.flatnonzero(~gone)
        part = steps[kept][:, kept]
        forward, backward = (eye_array(len(kept)) - m for m in (part, part.T))
        worth, visits = np.zeros((n + 1, 2)), np.zeros(n)
        for value in range(2):
            worth[kept, value] = _solve(forward.tocsr(), rewards[kept, value])
        # State 0, the start, contains no channel and so is always the first one kept.
        visits[kept] = _solve(backward.tocsr(), np.eye(1, len(kept)).ravel())
        worths.append(worth[0])
        # The head of an ended path, -1, reads the zero behind the last state.
        flow = (visits * inverse)[chain.tail]
        gain = flow[:, None] * (worth[chain.head] - worth[chain.tail])
        gain[:, 0] += flow * chain.converts
        slope = chain.counts.T @ gain
        slope[:, 1] += chain.revenue.T @ flow
        slopes.append(slope.T)
    return worths[0], np.array(worths[1:]), slopes[0], np.array(slopes[1:])


def _solve(matrix: Any, right: Floats) -> Floats:
    """Solve (I - Q) x = right for a substochastic Q, to RESIDUAL.

    Rounds of a Krylov method on what is left of the right side, then, should they not suffice,
    sweeps x += right - (I - Q) x, which converge for every absorbing chain from any start.
    Raises ArithmeticError for a chain that is practically never left.
    """
    scale = float(np.abs(right).max(initial=0.0))
    if scale == 0:
        return np.zeros_like(right)
    solution = np.zeros_like(right)
    for sweep in range(MAX_SWEEPS):
        residual = right - matrix @ solution
        bound = max(RESIDUAL * scale, 4 * np.finfo(float).eps * float(np.abs(solution).max()))
        if np.abs(residual).max() <= bound:
            return solution
        step = residual
        if sweep < KRYLOV_ROUNDS:
            found, _ = bicgstab(matrix, residual, rtol=1e-9, atol=0.0, maxiter=500)
            # A breakdown may leave it worse than before: then the plain sweep is taken.
            if np.abs(residual - matrix @ found).max() < 0.5 * np.abs(residual).max():
                step = found
        solution = solution + step
    raise ArithmeticError("the chain of channels has states that are practically never left")
