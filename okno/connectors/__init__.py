"""Connectors: the inside ends of the protocol."""
