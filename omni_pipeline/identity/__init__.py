"""Identity for people: why identifiers are one customer, and how stitching is doing per run.

The stitching itself is SQL, in `dbt_project/models/identity`. Here it is only read.
"""
