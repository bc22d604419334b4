"""Commands and queries on their way to the gateway."""
