"""Twins of everything foreign, on the real wire."""
