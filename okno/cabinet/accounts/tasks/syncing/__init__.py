"""First load and comparison: pages of everything that the inside has, asked one after the other by the projector.

A run is rows of the database alone: each page is applied, counted and followed by the next question in one transaction,
so whatever dies in between is followed by the same page again. What is already known is found stale by its version.
"""
