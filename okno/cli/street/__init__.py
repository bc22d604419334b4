"""The street: a whole installation on one machine, for a demonstration and for tests."""
