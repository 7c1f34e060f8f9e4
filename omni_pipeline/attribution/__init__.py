"""Data-driven attribution: which channels the converting paths could not do without.

`inputs.py` the contract of the two tables of aggregates · `journeys.py` makes them of journeys ·
`sets.py` and `chain.py` check them and build arrays · `markov.py` removal effects of chains of
order 1 to 3 · `shapley.py` Shapley values on distinct channel sets · `bootstrap.py` resampled
customers and intervals · `allocation.py` shares, and kopecks that add up · `models.py` the entry:
all models in one frame.

Every number here is ASSOCIATION, NOT LIFT: it says which channels stand on the paths that
convert, not what would happen if a budget were cut. A channel that merely accompanies buyers
(a brand search, a reminder e-mail) is credited too; only an experiment can tell the two apart.

`explain.py` and `comparison/` are about the rule models of the marts: why a touch got its credit,
for `omni explain`, and how far the models are apart, for every run.

But for those, numpy, scipy and pandas only: no database, no scheduler, no clock, and no
randomness but the seed.
"""
