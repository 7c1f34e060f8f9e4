"""The loyalty ledger: finding what does not add up between accounts, entries, orders and receipts.

`ledger.py` the frames and units · `classes.py` the classes of discrepancy · `orders.py`,
`receipts.py`, `balances.py`, `structure.py` the rules · `reconcile.py` runs them, one cause giving
one finding · `php.py` reads the shop's status history · `store.py` reads bronze and writes
`loyalty.discrepancy` · `assets.py` and `sensor.py` the Dagster shell.

Nothing here changes the ledger: a finding is for the ledger's owner to act on.
"""
