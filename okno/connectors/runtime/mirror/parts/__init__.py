"""What an adapter of a mirrored system need not write: parts of the port that answer from the store."""
