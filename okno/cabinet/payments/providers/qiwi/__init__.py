"""QIWI bills: frozen."""
