"""Whose a typed number is: what agents and the bank share. Plain SQL as the till's role, without Django."""
