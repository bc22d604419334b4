"""Slips, statements, acts."""
