"""Twins of payment systems, one folder each, on their real wire. Each has signing code of its own."""
