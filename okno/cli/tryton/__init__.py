"""A Tryton of our own for demonstrations and tests: built, furnished and spoken to as any user would, by JSON-RPC."""
