"""The cabinet: what writes for customers, in Django."""
