"""postgres-source: wakes functions for what waits in PostgreSQL."""
