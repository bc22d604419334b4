"""Asking for documents, making their files, disagreeing with a line."""
