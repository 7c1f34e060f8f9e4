"""dbt in Dagster: the models as assets, their checks, the night's audit, dbt's own process."""
