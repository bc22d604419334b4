"""What identity decides without a table or a framework."""
