"""Access to accounts, questions about them, and the first registration."""
