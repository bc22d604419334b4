"""Payments over HTTP: the customer's own, links that anybody pays by, promises, and the counter."""
