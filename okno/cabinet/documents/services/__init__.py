"""Asking for documents, making their files, appeals against a line."""
