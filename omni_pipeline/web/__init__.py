"""The Dagster UI behind a gate: what stands between a browser and the pipeline's user."""
