"""What becomes of the inside's answers about documents."""
