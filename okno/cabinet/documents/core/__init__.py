"""What documents say: pure rules and texts, without clock, database and printer."""
