"""A twin of T-Bank, acquiring API v2."""
