"""What payers keep and ask for, and who brings their money."""
