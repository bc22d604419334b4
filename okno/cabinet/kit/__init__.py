"""Foundations: outbox, inbox, jobs, row-level security, audit, vault."""
