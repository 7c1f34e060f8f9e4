"""Replay: random shops live in one warehouse, hour by hour; a rebuild must equal the sum.

`worlds.py` invents what the sources hold and how it changes (`site.py`, `office.py`, on the base
`sources.py`), `edits.py` what people decide · `project.py` is a copy of the dbt project whose seeds
a test may edit · `runner.py` lands batches and runs the real models, also broken off midway ·
`compare.py` puts every published table beside its rebuild, row for row.

More tables join in by a `Scope` of their own in `runner.py` and, when they read something new, by
an operation in `site.py` or `office.py`.
"""
