"""SQL systems."""
