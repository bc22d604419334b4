"""Money in the other direction."""
