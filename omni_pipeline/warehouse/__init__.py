"""The warehouse: its connection, and what it remembers of runs, publications and versions."""
