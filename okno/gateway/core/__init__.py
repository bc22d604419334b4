"""Decisions: (state, event) -> verdicts. No clock, no socket."""
