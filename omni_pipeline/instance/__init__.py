"""Dagster's instance as `docker/dagster.yaml` sets it up: its storage, its launcher, its dead runs.

Belongs here: what keeps a run from waiting for one that is gone. Knows no source and no mart.
"""
