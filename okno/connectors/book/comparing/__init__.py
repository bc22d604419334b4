"""The book against somebody else's records: the customer's (акт сверки), and those of what follows the book."""
