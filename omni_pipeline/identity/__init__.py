"""Identity for people: why identifiers are one customer, and how stitching is doing per run.

The stitching itself is SQL, in `dbt_project/models/intermediate/identity`. Here it is only read.
"""
