"""Hot reads and push."""
