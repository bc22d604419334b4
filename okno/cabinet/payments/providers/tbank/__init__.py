"""T-Bank, acquiring API v2."""
