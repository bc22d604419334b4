"""The mirror of a system that shares no database with the store: read whole, compared, numbered, told."""
