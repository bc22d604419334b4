"""The part of the till's process that compares."""
