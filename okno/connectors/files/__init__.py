"""Exchange by files."""
