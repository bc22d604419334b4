"""What needs neither a table nor a clock."""
