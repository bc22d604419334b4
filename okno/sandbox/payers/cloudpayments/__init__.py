"""A twin of CloudPayments."""
