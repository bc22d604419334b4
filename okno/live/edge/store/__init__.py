"""PostgreSQL: connections, coalesced reads, hints, signals."""
