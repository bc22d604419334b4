"""A twin of somebody's payment terminal: it calls a counter, and signs with code of its own."""
