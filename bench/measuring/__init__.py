"""What the benches share: server CPU and memory, a synthetic shop, dbt in this process."""
