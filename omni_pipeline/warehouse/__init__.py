"""The warehouse: its connection, the dbt project, and what it remembers of its sources."""
