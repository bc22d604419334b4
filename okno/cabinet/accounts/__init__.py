"""Accounts, access, the read model of operations."""
