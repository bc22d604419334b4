"""Results board."""
