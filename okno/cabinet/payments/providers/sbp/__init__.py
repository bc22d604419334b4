"""The faster payment system (СБП), carried by an acquirer."""
