"""Acts: Tornado handlers, PostgreSQL."""
