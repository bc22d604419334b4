"""Decisions: batches of reads, subscriptions, replay positions. No clock, no socket."""
