"""Dashboards as code: the tree of Metabase YAML, its checker, and what is derived from it.

Belongs here: reading the tree, filter values in a card's SQL, checks. No HTTP, no Dagster.
"""
