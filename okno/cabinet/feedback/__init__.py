"""Comments, reviews, appeals."""
