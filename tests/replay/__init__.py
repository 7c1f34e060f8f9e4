"""Replay: random shops live in one warehouse, hour by hour; a rebuild must equal the sum.

`worlds.py` invents what the sources hold and how it changes, from parts: `site.py` (accounts and
cookies), `office.py` (people in the CRM, cards, deletions), `traffic.py` (visits, calls, chats),
`mail.py` (letters and what readers do with them), `money.py` (orders, deals, receipts),
`adverts.py` (what advertising cost), `backoffice.py` (orders in 1C), all on the base `sources.py` ·
`edits.py` and `rules.py` what people decide about identity and the journey · `project.py` is a copy
of the dbt project whose seeds and code a test may edit · `runner.py` lands batches and runs the
real models, `crashes.py` breaks them off midway · `compare.py` puts every published table
(`scopes.py`) beside its rebuild, row for row.

A new published table joins in by a line in `scopes.py`, without which the replay fails, and, when
it reads something new, by an operation in one of the parts.
"""
