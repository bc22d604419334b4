"""Twins of payment systems: each on its own real wire, with one journal, one courier and one payer's page for all."""
