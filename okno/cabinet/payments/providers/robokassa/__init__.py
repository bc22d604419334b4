"""Robokassa, the aggregator."""
