"""Decisions about money that others tell of: pure, no table and no clock."""
