"""The warehouse as Dagster sees it: its connection and the dbt project."""
